import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, expect, it } from 'vitest';
import { newFolder, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

const EMBEDDING_MS = 600_000;

describeWithData('music-dev', 'music-dev through three loaders', () => {
  let work: string;

  /** What is kept when the dataset is pruned. */
  const kept = async (name: string, ...dataset: string[]) => {
    const output = join(work, `out-${name}`);
    const run = await refrainHere([
      ...['prune', '--dataset', ...dataset, '--encoder', 'mfcc', '--t', '1', '--cache-dir', SHARED_CACHE],
      ...['--output', output],
    ]);
    expect(run.status, run.stderr).toBe(0);
    return { indices: await readFile(join(output, 'indices_to_keep.npy')), stdout: run.stdout };
  };

  // The same train clips under the same ids, in the order of their ids, as every loader can have them.
  beforeAll(async () => {
    work = await newFolder();
    const music = (name: string) => testDataPath('music-dev', name);
    const lines = async (name: string) => (await readFile(music(name), 'utf8')).trim().split('\n');
    const paths = new Map((await lines('index_mtt.tsv')).map((line) => line.split('\t') as [string, string]));
    const train = (await lines('train_gt_mtt.tsv')).sort((a, b) => (a.split('\t')[0]! < b.split('\t')[0]! ? -1 : 1));
    const ids = train.map((line) => line.split('\t')[0]!);
    const audioOf = (id: string) => music(join('audio', paths.get(id)!));

    await mkdir(join(work, 'mtt'));
    for (const name of ['index_mtt.tsv', 'val_gt_mtt.tsv', 'test_gt_mtt.tsv', 'output_labels_mtt.txt', 'audio'])
      await symlink(music(name), join(work, 'mtt', name));
    await writeFile(join(work, 'mtt', 'train_gt_mtt.tsv'), `${train.join('\n')}\n`);

    await mkdir(join(work, 'folder'));
    for (const id of ids) await symlink(audioOf(id), join(work, 'folder', id));

    const rows = ids.map((id) => JSON.stringify({ id, audio_filepath: audioOf(id) }));
    await writeFile(join(work, 'manifest.jsonl'), `${rows.join('\n')}\n`);
  });

  it(
    'keeps the same clips',
    async () => {
      const magnatagatune = await kept('mtt', 'magnatagatune', '--dataset-dir', join(work, 'mtt'));
      expect(magnatagatune.stdout).toMatch(/209 train clips/);
      const audio = await kept('audio', 'audio', '--dataset-dir', join(work, 'folder'));
      const manifest = await kept('manifest', 'manifest', '--dataset-dir', join(work, 'manifest.jsonl'));
      expect(audio.indices).toEqual(magnatagatune.indices);
      expect(manifest.indices).toEqual(magnatagatune.indices);
    },
    EMBEDDING_MS,
  );
});
