import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DataError, npyStringBytes, readNpyStrings, writeNpy } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { filteredFiles } from '../annotations.ts';
import { readCleanSplit } from './cleanSplit.ts';
import { TOP_50_TAGS } from './ponsSplit.ts';

function listeningHost() {
  const notices: string[] = [];
  return { notices, notice: (message: string) => void notices.push(message) };
}

const LISTS = {
  'tags.npy': ['harp', 'choir'],
  'train.npy': ['0\t0/a.mp3', '3\tb/ä.mp3'],
  'valid.npy': ['1\tc/c.mp3'],
  'test.npy': ['2\tf/d.mp3'],
};

async function sample(lists: Readonly<Record<string, readonly string[]>> = LISTS): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-clean-'));
  for (const [name, values] of Object.entries(lists)) {
    await writeFile(join(folder, name), npyStringBytes({ width: 40, values }));
  }
  return folder;
}

const writeLabels = (folder: string, values: number[], shape: readonly number[] = [values.length / 2, 2]) =>
  writeNpy(join(folder, 'binary.npy'), { dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) });

describe('the split clean', () => {
  it('takes labels from the rows of binary.npy', async () => {
    const host = listeningHost();
    const folder = await sample();
    await writeLabels(folder, [1, 0, 0, 0, 0, 1, 1, 1]);
    const { classes, clips } = await readCleanSplit(folder, host);
    expect(classes).toEqual(['harp', 'choir']);
    expect(clips).toEqual([
      { id: '0', path: '0/a.mp3', split: 'train', labels: [0] },
      { id: '3', path: 'b/ä.mp3', split: 'train', labels: [0, 1] },
      { id: '1', path: 'c/c.mp3', split: 'valid', labels: [] },
      { id: '2', path: 'f/d.mp3', split: 'test', labels: [1] },
    ]);
    expect(host.notices).toEqual([]);
  });

  it('takes them by name from annotations_final.csv where there is no binary.npy, and tells', async () => {
    const host = listeningHost();
    const folder = await sample({ 'tags.npy': ['harp', 'choir'], 'test.npy': ['2\tf/d.mp3'] });
    await writeFile(join(folder, 'annotations_final.csv'), 'clip_id\tchoir\tharp\tmp3_path\n77\t1\t0\tf/d.mp3\n');
    expect((await readCleanSplit(folder, host)).clips[0]!.labels).toEqual([1]);
    expect(host.notices).toEqual([
      expect.stringMatching(/no train\.npy, so there are no train clips.*minzwon\/sota-music-tagging-models/),
      expect.stringMatching(/no valid\.npy/),
      expect.stringMatching(/no binary\.npy; labels come from annotations_final\.csv/),
    ]);
  });

  it('loses the clips that are not kept: train.npy keeps its width, the other files their bytes', async () => {
    const host = listeningHost();
    const folder = await sample();
    await writeLabels(folder, [1, 0, 0, 0, 0, 1, 1, 1]);
    const { files, clips } = await readCleanSplit(folder, host);
    const again = await mkdtemp(join(tmpdir(), 'refrain-clean-'));
    for (const { name, content } of await filteredFiles(folder, files, new Set(['3'])))
      await writeFile(join(again, name), content);
    expect(await readNpyStrings(join(again, 'train.npy'))).toEqual({ width: 40, values: ['3\tb/ä.mp3'] });
    expect((await readCleanSplit(again, host)).clips).toEqual(clips.slice(1));
  });

  it('is refused where its files contradict each other', async () => {
    const host = listeningHost();
    const short = await sample();
    await writeLabels(short, [1, 0, 0, 0]);
    await expect(readCleanSplit(short, host)).rejects.toThrow(/has 2 rows, but a list names row 3/);
    await writeLabels(short, [1, 0, 0, 0, 0, 2, 1, 1]);
    await expect(readCleanSplit(short, host)).rejects.toThrow(/row 2: expected labels of 0 and 1, found 2/);
    await writeLabels(short, [1, 0, 0, 0], [1, 4]);
    await expect(readCleanSplit(short, host)).rejects.toThrow(/expected rows of 2 labels, found the shape \(1, 4\)/);
    await expect(readCleanSplit(await sample({ ...LISTS, 'test.npy': ['1\tf/d.mp3'] }), host)).rejects.toThrow(
      /row 1 stands/,
    );
    await expect(readCleanSplit(await sample({ ...LISTS, 'test.npy': ['x f/d.mp3'] }), host)).rejects.toThrow(
      /test\.npy, entry 0: expected "row <tab> path", found "x f\/d\.mp3"/,
    );
  });

  it('is refused without names of tags, or without any list', async () => {
    const host = listeningHost();
    const empty = await mkdtemp(join(tmpdir(), 'refrain-clean-'));
    await expect(readCleanSplit(empty, host)).rejects.toThrow(ConfigError);
    await expect(readCleanSplit(empty, host)).rejects.toThrow(/no list of clips.*sota-music-tagging-models/);
    await expect(readCleanSplit(await sample({ 'test.npy': ['1\tf/d.mp3'] }), host)).rejects.toThrow(
      /there is no tags\.npy/,
    );
  });
});

describeWithData('golden/npy', 'lists of Python objects', () => {
  it('are refused: they are pickles', async () => {
    const folder = await sample();
    await copyFile(testDataPath('golden', 'npy', 'object_dtype_evil_pickle.npy'), join(folder, 'train.npy'));
    await expect(readCleanSplit(folder, listeningHost())).rejects.toThrow(DataError);
    await expect(readCleanSplit(folder, listeningHost())).rejects.toThrow(/train\.npy.*pickles, which are never run/);
  });
});

describeWithData('mtt/minz', 'the real files of clean, without train.npy and binary.npy', () => {
  it('give what is there, and tell what is not', async () => {
    const host = listeningHost();
    const { classes, clips } = await readCleanSplit(testDataPath('mtt', 'minz'), host);
    expect(classes).toEqual(TOP_50_TAGS);
    expect(clips.filter(({ split }) => split === 'test')).toHaveLength(4332);
    expect(clips.filter(({ split }) => split === 'valid')).toHaveLength(1529);
    expect(clips).toHaveLength(4332 + 1529);
    expect(host.notices).toEqual([
      expect.stringMatching(/no train\.npy/),
      expect.stringMatching(/no binary\.npy.*no clip has labels/),
    ]);
  });
});
