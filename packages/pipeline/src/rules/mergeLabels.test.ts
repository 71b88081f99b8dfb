import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { mergeLabels } from './mergeLabels.ts';

const removal = (index: number, partner: number, level: 'redundant' | 'unsupported' = 'redundant') => ({
  index,
  partner,
  level,
});

describe('mergeLabels', () => {
  const labels = [['rock'], ['rock', 'live'], ['jazz'], ['live', 'jazz', 'jazz'], []];

  it('gives the labels of removed clips to their partners, and changes no input', () => {
    const before = structuredClone(labels);
    // To 0: live from 1, jazz from 3, where live is there already. Nothing to 2.
    expect(mergeLabels(labels, [removal(1, 0), removal(3, 0), removal(4, 2)])).toEqual([
      ['rock', 'live', 'jazz'],
      ['rock', 'live'],
      ['jazz'],
      ['live', 'jazz', 'jazz'],
      [],
    ]);
    expect(labels).toEqual(before);
  });

  it('gives nothing where the partner does not stand for the clip', () => {
    expect(mergeLabels(labels, [removal(1, 0, 'unsupported')])).toEqual(labels);
  });

  it('refuses a partner that is removed itself', () => {
    expect(() => mergeLabels(labels, [removal(0, 1), removal(1, 2)])).toThrow(DataError);
  });
});
