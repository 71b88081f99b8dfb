import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { testParts, usualGrouping } from './testParts.ts';

const clip = (track: string, artist?: string) => ({ track, ...(artist !== undefined && { artist }) });
const train = { groups: [clip('a', 'Ann'), clip('b', 'Ben'), undefined] };
const parts = (groups: Parameters<typeof testParts>[1]['groups'], groupedBy: 'track' | 'artist' | 'clip' = 'track') =>
  testParts(train, { groups }, groupedBy, 20, seededRandom(1));

describe('the parts of a test split', () => {
  it('are the whole and the clips of artists who are not in the train set', () => {
    const found = parts([clip('c', 'Ann'), clip('d', 'Cid'), clip('d', 'Cid'), clip('e', 'Dot'), clip('f')]);
    expect(found.map(({ name, clips }) => [name, Array.from(clips)])).toEqual([
      ['test', [0, 1, 2, 3, 4]],
      // Who plays the last one is not known: it may be Ann.
      ['test without artists of the train set', [1, 2, 3]],
    ]);
    expect(found.map(({ resamples }) => resamples.groupCount)).toEqual([4, 2]);
  });

  it('go by tracks where no artist is known', () => {
    const found = parts([clip('a'), clip('c'), clip('d')]);
    expect(found.map(({ name, clips }) => [name, Array.from(clips)])).toEqual([
      ['test', [0, 1, 2]],
      ['test without tracks of the train set', [1, 2]],
    ]);
  });

  it('are one where all are strangers, or too few to be resampled', () => {
    expect(parts([clip('c', 'Cid'), clip('d', 'Dot')])).toHaveLength(1);
    expect(parts([clip('c', 'Ann'), clip('d', 'Dot'), clip('d', 'Dot')])).toHaveLength(1);
  });

  it('are drawn together by what is asked', () => {
    const groups = [clip('c', 'Cid'), clip('d', 'Cid'), clip('e', 'Dot'), clip('e', 'Dot')];
    expect(parts(groups, 'track')[0]!.resamples.groupCount).toBe(3);
    expect(parts(groups, 'artist')[0]!.resamples.groupCount).toBe(2);
    expect(parts(groups, 'clip')[0]!.resamples.groupCount).toBe(4);
  });

  it('are usually drawn by tracks, where there are any', () => {
    expect(usualGrouping(train)).toBe('track');
    expect(usualGrouping({ groups: [undefined, {}] })).toBe('clip');
  });
});
