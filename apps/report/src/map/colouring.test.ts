import type { PruningPage } from '@refrain/pruned-dataset';
import { expect, it } from 'vitest';
import { colouring } from './colouring.ts';

/** Clip 1 goes for clip 0. */
const page = {
  clips: {
    id: ['a', 'b', 'c'],
    labels: [[0], [0, 1], []],
    labelNames: ['rock', '<i>'],
    cluster: [0, 12, -1],
    track: [0, null, 1],
    trackNames: ['x', 'y'],
    reliability: [0.5, 1, null],
  },
  removals: { clip: [1], partner: [0], level: ['redundant'] },
} as unknown as PruningPage;

const words = (by: Parameters<typeof colouring>[1], label?: string) => {
  const { colours, legend, note } = colouring(page, by, label);
  return [...colours.map((colour) => legend.find((entry) => entry.colour === colour)?.words), note];
};

it('every colour of the map stands in its legend, or a note says where to read it', () => {
  expect(words('fate')).toEqual(['stays', 'goes', 'stays', undefined]);
  expect(words('level')).toEqual(['stays (2)', 'redundant', 'stays (2)', undefined]);
  expect(words('label', '<i>')).toEqual(['other clips', '<i>', 'other clips', undefined]);
  expect(words('reliability')).toEqual(['0.500', '1', 'not known', undefined]);
  expect(words('track')).toEqual([undefined, 'no track', undefined, expect.stringContaining('2 tracks')]);
});

it('a cluster keeps its colour wherever it stands', () => {
  const { colours } = colouring(page, 'cluster');
  expect(colours[0]).not.toBe(colours[1]);
  expect(colours[2]).not.toBe(colours[0]);
});
