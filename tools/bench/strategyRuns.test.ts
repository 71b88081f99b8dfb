import { expect, it } from 'vitest';
import { acrossTracks, refusalIn } from './strategyRuns.ts';

it('takes wrong options for a refusal, and nothing else', () => {
  expect(refusalIn('It ended with exit status 2: error: --keep: give more.')).toBe('--keep: give more.');
  expect(refusalIn('It ended with exit status 2: --keep: give more.')).toBe('--keep: give more.');
  expect(refusalIn('It ended with exit status 1: --keep: give more.')).toBeUndefined();
  expect(refusalIn('It ended with SIGKILL: ')).toBeUndefined();
});

it('counts removals that went for a clip of another track, where both tracks are known', () => {
  const clips = [
    { id: 'a', labels: [], groups: { track: 'x' } },
    { id: 'b', labels: [], groups: { track: 'x' } },
    { id: 'c', labels: [], groups: { track: 'y' } },
    { id: 'd', labels: [], groups: { artist: 'z' } },
    { id: 'e', labels: [] },
  ];
  const gone = (id: string, partner_id: string) => ({ id, partner_id });
  expect(acrossTracks(clips, [gone('a', 'b'), gone('c', 'b'), gone('d', 'b'), gone('b', 'e')])).toBe(1);
});
