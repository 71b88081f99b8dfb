import { describe, expect, it } from 'vitest';
import { findLeaks, knownKinds, type LeakClip, summarize } from './leaks.ts';

const clips: readonly LeakClip[] = [
  { id: 'a', split: 'train', contentHash: '1', audioHash: 'x', groups: { track: 't1', artist: 'Ada' } },
  { id: 'b', split: 'train', contentHash: '2', audioHash: 'y', groups: { track: 't1', artist: 'Ada' } },
  { id: 'c', split: 'test', contentHash: '1', audioHash: 'x', groups: { track: 't2', artist: 'Ada' } },
  { id: 'd', split: 'test', contentHash: '3', audioHash: 'y', groups: { track: 't3', artist: 'Bo' } },
  { id: 'e', split: 'valid', contentHash: '4', audioHash: 'z', groups: { track: 't4', artist: 'Ada' } },
  { id: 'f', split: 'valid' },
];
const pairs = [
  { i: 0, j: 1, similarity: 1 },
  { i: 2, j: 4, similarity: 0.99995 },
];

describe('leaks between splits', () => {
  const leaks = findLeaks(clips, pairs);

  it('are equal files, equal audio, near-identical pairs and common origins', () => {
    expect(leaks).toEqual([
      { kind: 'identical-file', shared: '1', splits: ['train', 'test'], clips: [['a'], ['c']] },
      { kind: 'identical-audio', shared: 'x', splits: ['train', 'test'], clips: [['a'], ['c']] },
      { kind: 'identical-audio', shared: 'y', splits: ['train', 'test'], clips: [['b'], ['d']] },
      { kind: 'near-identical', similarity: 0.99995, splits: ['valid', 'test'], clips: [['e'], ['c']] },
      { kind: 'artist', shared: 'Ada', splits: ['train', 'valid'], clips: [['a', 'b'], ['e']] },
      { kind: 'artist', shared: 'Ada', splits: ['train', 'test'], clips: [['a', 'b'], ['c']] },
      { kind: 'artist', shared: 'Ada', splits: ['valid', 'test'], clips: [['e'], ['c']] },
    ]);
  });

  it('are summed up for every kind that is known, and every pair of splits', () => {
    const kinds = knownKinds(clips, pairs);
    expect(kinds).toEqual(['identical-file', 'identical-audio', 'near-identical', 'track', 'artist']);
    const sums = summarize(leaks, kinds);
    expect(sums).toHaveLength(kinds.length * 3);
    expect(sums).toContainEqual({ kind: 'artist', splits: ['train', 'test'], shared: 1, clips: [2, 1] });
    expect(sums).toContainEqual({ kind: 'identical-audio', splits: ['train', 'test'], shared: 2, clips: [2, 2] });
    expect(sums).toContainEqual({ kind: 'track', splits: ['train', 'test'], shared: 0, clips: [0, 0] });
  });

  it('are not claimed of what is not known', () => {
    const unknown = clips.map(({ id, split }) => ({ id, split }));
    expect(knownKinds(unknown, undefined)).toEqual([]);
    expect(findLeaks(unknown)).toEqual([]);
  });
});
