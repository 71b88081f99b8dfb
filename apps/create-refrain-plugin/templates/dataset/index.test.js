import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DataError } from '@refrain/core';
import { testDataset } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { openDataset } from './index.js';

const INDEX = 'file,split,label,track\na.wav,train,drum,one\nb.wav,valid,flute,two\nc.wav,test,drum,three\n';
// In place of audio files, which your test should have: put some small ones beside it.
const decoder = {
  decode: async (/** @type {string} */ path) => {
    if (!INDEX.includes(basename(path))) throw new DataError(path, `${path} cannot be read.`);
    return { samples: Float32Array.of(0.5, -0.5), sampleRate: 8000 };
  },
};

/** @param {string} index */
async function folderWith(index) {
  const folder = await mkdtemp(join(tmpdir(), 'my-dataset-'));
  await writeFile(join(folder, 'index.csv'), index);
  return folder;
}

describe('my-dataset', () => {
  testDataset(async () => openDataset(await shared, decoder));

  it('says which line is wrong', async () => {
    const folder = await folderWith(`${INDEX}d.wav,holdout,drum,four\n`);
    await expect(openDataset(folder, decoder)).rejects.toThrow('index.csv, line 5: expected file,split,label,track');
  });
});

const shared = folderWith(INDEX);
