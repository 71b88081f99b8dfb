import { DataError } from '@refrain/core';
import type { PrunedFolder } from '@refrain/pruned-dataset';
import { describe, expect, it } from 'vitest';
import { keptOfFolder, refuseOtherClips } from './keptClips.ts';

// Nothing but the kept clips of a folder is looked at.
const folder = {
  path: 'pruned',
  keep: [2, 0],
  clips: [{ id: 'b' }, { id: 'c' }, { id: 'a' }],
} as unknown as PrunedFolder;

const clip = (id: string, split: 'train' | 'test') => ({ id, path: `${id}.wav`, split, labels: [] });

describe('the kept clips of a folder', () => {
  it('are found by their ids, ascending', () => {
    expect([...keptOfFolder(folder, ['a', 'x', 'b', 'c'])]).toEqual([0, 2]);
  });

  it('must be there still', () => {
    expect(() => keptOfFolder(folder, ['a', 'c'])).toThrow(DataError);
    expect(() => keptOfFolder(folder, ['a', 'c'])).toThrow('pruned keeps clip b, which cannot be read any more');
  });

  it('must be train clips of the dataset', () => {
    expect(() => refuseOtherClips(folder, [clip('a', 'train'), clip('b', 'train')])).not.toThrow();
    expect(() => refuseOtherClips(folder, [clip('a', 'train'), clip('b', 'test')])).toThrow(
      /not have in its train split: 1, the first of them b\. Is it the same dataset\?/,
    );
  });
});
