import { describe, expect, it } from 'vitest';
import type { CopyPair } from '../duplicates/copies.ts';
import { findLeaks, knownKinds, type LeakClip, leakingFromTrain, summarize } from './leaks.ts';

const clips: readonly LeakClip[] = [
  { id: 'a', split: 'train', contentHash: '1', audioHash: 'x', groups: { track: 't1', artist: 'Ada' } },
  { id: 'b', split: 'train', contentHash: '2', audioHash: 'y', groups: { track: 't1', artist: 'Ada' } },
  { id: 'c', split: 'test', contentHash: '1', audioHash: 'x', groups: { track: 't2', artist: 'Ada' } },
  { id: 'd', split: 'test', contentHash: '3', audioHash: 'y', groups: { track: 't3', artist: 'Bo' } },
  { id: 'e', split: 'valid', contentHash: '4', audioHash: 'z', groups: { track: 't4', artist: 'Ada' } },
  { id: 'f', split: 'valid' },
];
const near = (i: number, j: number, similarity: number): CopyPair => ({
  ...{ i, j, similarity, level: 'near-identical', isNearIdentical: true, isSameRecording: false },
});
const pairs: readonly CopyPair[] = [
  near(0, 1, 1),
  near(2, 4, 0.99995),
  {
    ...near(1, 3, 0.9),
    level: 'same-recording',
    isNearIdentical: false,
    isSameRecording: true,
    shift: 0.74,
    overlap: 8.1,
  },
  { ...near(2, 5, 0.7), level: 'same-recording', isNearIdentical: false, isSameRecording: true, shift: 1.24 },
];

describe('leaks between splits', () => {
  const evidence = { pairs, byFingerprint: true };
  const { kinds } = knownKinds(clips, evidence);
  const leaks = findLeaks(clips, kinds, pairs);

  it('are equal files, equal audio, near-identical pairs and common origins', () => {
    expect(leaks).toEqual([
      { kind: 'identical-file', shared: '1', splits: ['train', 'test'], clips: [['a'], ['c']] },
      { kind: 'identical-audio', shared: 'x', splits: ['train', 'test'], clips: [['a'], ['c']] },
      { kind: 'identical-audio', shared: 'y', splits: ['train', 'test'], clips: [['b'], ['d']] },
      {
        kind: 'same-recording',
        similarity: 0.9,
        shift: 0.74,
        overlap: 8.1,
        splits: ['train', 'test'],
        clips: [['b'], ['d']],
      },
      { kind: 'same-recording', similarity: 0.7, shift: -1.24, splits: ['valid', 'test'], clips: [['f'], ['c']] },
      { kind: 'near-identical', similarity: 0.99995, splits: ['valid', 'test'], clips: [['e'], ['c']] },
      { kind: 'artist', shared: 'Ada', splits: ['train', 'valid'], clips: [['a', 'b'], ['e']] },
      { kind: 'artist', shared: 'Ada', splits: ['train', 'test'], clips: [['a', 'b'], ['c']] },
      { kind: 'artist', shared: 'Ada', splits: ['valid', 'test'], clips: [['e'], ['c']] },
    ]);
  });

  it('are summed up for every kind that is known, and every pair of splits', () => {
    expect(kinds).toEqual(['identical-file', 'identical-audio', 'same-recording', 'near-identical', 'track', 'artist']);
    const sums = summarize(leaks, kinds);
    expect(sums).toHaveLength(kinds.length * 3);
    expect(sums).toContainEqual({ kind: 'artist', splits: ['train', 'test'], shared: 1, clips: [2, 1] });
    expect(sums).toContainEqual({ kind: 'identical-audio', splits: ['train', 'test'], shared: 2, clips: [2, 2] });
    expect(sums).toContainEqual({ kind: 'track', splits: ['train', 'test'], shared: 0, clips: [0, 0] });
  });

  it('are not claimed of what is not known', () => {
    const unknown = clips.map(({ id, split }) => ({ id, split }));
    expect(knownKinds(unknown, undefined)).toMatchObject({
      kinds: [],
      unknown: { 'identical-file': 'no audio was read', track: 'not known of any clip' },
    });
    expect(findLeaks(unknown, [])).toEqual([]);
    expect(knownKinds(clips, undefined).unknown).toEqual({
      album: 'not known of any clip',
      'same-recording': 'no audio was read',
      'near-identical': 'no audio was read',
    });
    expect(knownKinds(clips, { pairs, byFingerprint: false }).unknown['same-recording']).toBe('`fingerprints` off');
  });

  it('are not the labels that a dataset gives for artists', () => {
    const clip = (id: string, split: 'train' | 'test', artist: string, ...labels: string[]): LeakClip => ({
      ...{ id, split, labels, groups: { artist } },
    });
    const games = [clip('a', 'train', 'wesnoth', 'fast', 'Wesnoth'), clip('b', 'test', 'wesnoth', 'wesnoth')];
    expect(knownKinds(games, undefined)).toMatchObject({ kinds: [], unknown: { artist: 'it is the label' } });
    // Tags can name an artist here and there: then it is one all the same.
    expect(knownKinds([...games, clip('c', 'test', 'Ada', 'fast')], undefined).kinds).toEqual(['artist']);
  });

  it('are mended by leaving out the train clips that have a share in them', () => {
    expect(leakingFromTrain(leaks)).toEqual(['a', 'b']);
    expect(leakingFromTrain(leaks.filter(({ kind }) => kind === 'identical-file'))).toEqual(['a']);
    expect(leakingFromTrain(leaks.filter(({ splits }) => splits[0] === 'valid'))).toEqual([]);
  });
});
