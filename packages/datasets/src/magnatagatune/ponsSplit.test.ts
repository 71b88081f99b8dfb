import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { filteredFiles } from '../annotations.ts';
import { groupsOfFileName } from './groups.ts';
import { withoutKnownBad } from './magnatagatune.ts';
import { readPonsSplit } from './ponsSplit.ts';

/** A host that remembers what it was told. */
function listeningHost() {
  const notices: string[] = [];
  return { notices, notice: (message: string) => void notices.push(message) };
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-pons-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const FILES = {
  'output_labels_mtt.txt': "MTT_LABELS = ['harp', 'choir']\n",
  'index_mtt.tsv': '1\t0/a.mp3\n2\tb/b.mp3\n3\tc/c.mp3\n4\tf/d.mp3\n',
  'train_gt_mtt.tsv': '1\t[1.0, 0.0]\r\n2\t[0.0, 0.0]\r\n',
  'val_gt_mtt.tsv': '3\t[1.0, 1.0]\n',
  'test_gt_mtt.tsv': '4\t[0.0, 1.0]\n',
};
const TAGS =
  'clip_id\tchoir\tsoft\tharp\tmp3_path\n1\t0\t1\t1\t0/a.mp3\n2\t0\t0\t0\tb/b.mp3\n3\t1\t0\t1\tc/c.mp3\n4\t1\t0\t0\tf/d.mp3\n';
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(FILES).filter(([name]) => !names.includes(name)));

describe('the split pons2017', () => {
  it('is the same whether its lists are there or made up for', async () => {
    const host = listeningHost();
    const complete = await readPonsSplit(await folderWith(FILES), host);
    expect(host.notices).toEqual([]);
    expect(complete.classes).toEqual(['harp', 'choir']);
    expect(complete.clips.map(({ id, split, labels }) => [id, split, labels])).toEqual([
      ['1', 'train', [0]],
      ['2', 'train', []],
      ['3', 'valid', [0, 1]],
      ['4', 'test', [1]],
    ]);
    for (const missing of [
      ['train_gt_mtt.tsv'],
      ['val_gt_mtt.tsv', 'test_gt_mtt.tsv'],
      ['index_mtt.tsv'],
      ['index_mtt.tsv', 'train_gt_mtt.tsv', 'val_gt_mtt.tsv', 'test_gt_mtt.tsv'],
    ]) {
      const folder = await folderWith({ ...without(...missing), 'annotations_final.csv': TAGS });
      expect((await readPonsSplit(folder, host)).clips).toEqual(complete.clips);
    }
    expect(host.notices).toHaveLength(3);
    expect(host.notices[0]).toMatch(/no train_gt_mtt\.tsv; the clips \(2 train\) .* labels in annotations_final\.csv/);
  });

  it.each([[[]], [['train_gt_mtt.tsv']], [['index_mtt.tsv', 'train_gt_mtt.tsv']], [['index_mtt.tsv']]])(
    'loses the clips that are not kept, and nothing else (missing: %j)',
    async (missing) => {
      const folder = await folderWith({ ...without(...missing), 'annotations_final.csv': TAGS });
      const host = listeningHost();
      const { files, clips } = await readPonsSplit(folder, host);
      const filtered = await filteredFiles(folder, files, new Set(['2']));
      const again = await folderWith(
        Object.fromEntries(filtered.map(({ name, content }) => [name, Buffer.from(content).toString()])),
      );
      expect((await readPonsSplit(again, host)).clips).toEqual(clips.filter(({ id }) => id !== '1'));
      for (const { name, content } of filtered) {
        const [before, after] = [readFileSync(join(folder, name), 'utf8'), Buffer.from(content).toString()];
        if (before !== after)
          expect(before.split('\n').filter((line) => !after.split('\n').includes(line))).toHaveLength(1);
      }
    },
  );

  it.each<[string, Record<string, string>, typeof ConfigError | typeof DataError, RegExp]>([
    [
      'nothing there',
      {},
      ConfigError,
      /neither index_mtt\.tsv nor annotations_final\.csv.*jordipons\/musicnn-training/,
    ],
    [
      'no list at all',
      without('train_gt_mtt.tsv', 'val_gt_mtt.tsv', 'test_gt_mtt.tsv'),
      ConfigError,
      /neither train_gt_mtt\.tsv, val/,
    ],
    [
      'clips that are not split by folder',
      { ...without('train_gt_mtt.tsv'), 'index_mtt.tsv': FILES['index_mtt.tsv'].replace('c/c', 'd/c') },
      ConfigError,
      /not split by folder/,
    ],
    [
      'a label too few',
      { ...FILES, 'train_gt_mtt.tsv': '1\t[1.0, 0.0]\n2\t[0.0]\n' },
      DataError,
      /train_gt_mtt\.tsv, line 2: expected 2 labels, found 1/,
    ],
    [
      'a clip in two splits',
      { ...FILES, 'val_gt_mtt.tsv': '1\t[1.0, 0.0]\n' },
      DataError,
      /clip "1" is both in train and in valid/,
    ],
    [
      'a clip that the index lacks',
      { ...FILES, 'val_gt_mtt.tsv': '9\t[1.0, 0.0]\n' },
      DataError,
      /clip "9" is not in index_mtt\.tsv/,
    ],
  ])('is refused with %s', async (_, files, kind, message) => {
    const folder = await folderWith(files);
    await expect(readPonsSplit(folder, listeningHost())).rejects.toThrow(kind);
    await expect(readPonsSplit(folder, listeningHost())).rejects.toThrow(message);
  });
});

describeWithData('mtt/pons2017', 'the real files of pons2017, without the train list', () => {
  const REAL = testDataPath('mtt', 'pons2017');
  const realText = (name: string) => readFileSync(join(REAL, name), 'utf8');

  it('give the published split, valid and test with labels', async () => {
    const host = listeningHost();
    const clips = withoutKnownBad((await readPonsSplit(REAL, host)).clips, host);
    const count = (split: string) => clips.filter((clip) => clip.split === split).length;
    expect([count('train'), count('valid'), count('test')]).toEqual([18_706, 1825, 5329]);
    const groups = clips.map(({ path }) => groupsOfFileName(path));
    expect(new Set(groups.map((group) => group?.track)).size).toBe(5405);
    expect(new Set(groups.map((group) => group?.artist)).size).toBe(230);
    expect(clips.filter(({ split, labels }) => split !== 'train' && labels.length === 0)).toHaveLength(296 + 997);
    expect(clips.every(({ split, labels }) => split !== 'train' || labels.length === 0)).toBe(true);
    expect(host.notices).toEqual([
      expect.stringMatching(
        /no train_gt_mtt\.tsv; the clips \(18709 train\) .*labels are not known.*learns from.*jordipons\/musicnn-training/,
      ),
      expect.stringMatching(/left out 3 clips.*35644, 55753, 57881/),
    ]);
  });

  it('agree with what annotations_final.csv would give in their place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-pons-'));
    for (const name of ['output_labels_mtt.txt', 'index_mtt.tsv']) await copyFile(join(REAL, name), join(folder, name));
    const expected = (await readPonsSplit(REAL, listeningHost())).clips;
    const tags = (await readPonsSplit(REAL, listeningHost())).classes.toReversed();
    const rows = expected.map(({ id, path, labels }) => {
      const flags = tags.map((_, i) => (labels.includes(tags.length - 1 - i) ? '"1"' : '"0"'));
      return [`"${id}"`, ...flags, `"${path}"`].join('\t');
    });
    await writeFile(
      join(folder, 'annotations_final.csv'),
      ['clip_id', ...tags, 'mp3_path'].join('\t').concat('\n', rows.join('\n')),
    );
    expect((await readPonsSplit(folder, listeningHost())).clips).toEqual(expected);
    await rm(folder, { recursive: true });
  });

  it('have lists that a line with 49 labels is found in', async () => {
    const lines = realText('val_gt_mtt.tsv').split('\n');
    lines[16] = lines[16]!.replace('0.0, ', '');
    const folder = await folderWith({ 'index_mtt.tsv': realText('index_mtt.tsv'), 'val_gt_mtt.tsv': lines.join('\n') });
    await expect(readPonsSplit(folder, listeningHost())).rejects.toThrow(
      /val_gt_mtt\.tsv, line 17: expected 50 labels, found 49/,
    );
  });
});
