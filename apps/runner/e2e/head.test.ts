import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { readHead } from '@refrain/evaluators';
import { beforeAll, expect, it } from 'vitest';
import { newFolder, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

interface Metrics {
  readonly 'PR-AUC': { readonly values: readonly number[] };
  readonly 'ROC-AUC': { readonly values: readonly number[] };
}

describeWithData('music-dev', 'refrain with a head that was trained before', () => {
  const clmrHead = testDataPath('seed-runs', 'finetuner_checkpoint_200.pt');
  let work: string;
  let dataset: string[];
  let cache: string[];
  let folder: string;
  let head: string;
  let evaluate: (...args: string[]) => ReturnType<typeof refrainHere>;
  const text = (name: string) => readFile(join(folder, 'evaluation', name), 'utf8');
  const results = async () => JSON.parse(await text('results.json'))[0] as { metrics: Metrics; details: object };

  beforeAll(async () => {
    work = await newFolder();
    await everyThirdClip(join(work, 'data'));
    dataset = ['--dataset', 'magnatagatune', '--dataset-dir', join(work, 'data'), '--encoder', 'mfcc'];
    cache = ['--cache-dir', SHARED_CACHE, '--quiet'];
    folder = join(work, 'pruned');
    head = join(folder, 'evaluation', 'pruned_finetuner.safetensors');
    // The audio is a link, which leads out of the dataset's folder.
    const outside = ['--outside-audio', 'on'];
    evaluate = (...args) => refrainHere(['evaluate', '--pruned-dataset-path', folder, ...outside, ...cache, ...args]);
    const { status, stderr } = await refrainHere(['prune', ...dataset, ...cache, '--output', folder]);
    expect(status, stderr).toBe(0);
    const trained = await evaluate('--draws', '2', '--coverage-draws', '2', '--finetuner-max-epochs', '20');
    expect(trained.status, trained.stderr).toBe(0);
  });

  it('tests the head that evaluate wrote, with the same metrics and without training', async () => {
    const trained = await results();
    const before = await readFile(head);
    expect(Object.fromEntries((await readHead(head)).metadata)).toMatchObject({ standardize: 'on', pooling: 'mean' });
    expect(await readdir(join(folder, 'evaluation'))).not.toContain('pretrained_results.txt');

    // The seed's spelling.
    const { status, stdout, stderr } = await evaluate(`--finetuner_checkpoint_path=${head}`);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/head is pruned_finetuner\.safetensors; nothing was trained/);
    const loaded = await results();
    for (const metric of ['PR-AUC', 'ROC-AUC'] as const) {
      expect(loaded.metrics[metric].values).toEqual([trained.metrics[metric].values[0]]);
      expect(await text('pretrained_results.txt')).toContain(`${metric}: ${loaded.metrics[metric].values[0]}\n`);
    }
    expect(loaded.details).toMatchObject({ 'linear-probe': { head: 'pruned_finetuner.safetensors' } });
    expect(loaded.details).not.toHaveProperty('linear-probe.epochs');
    expect(await readFile(head)).toEqual(before);
  });

  it('refuses a folder of another dataset, before anything is embedded', async () => {
    await everyThirdClip(join(work, 'fewer'), 1);
    const [first] = (await readFile(join(folder, 'clips.jsonl'), 'utf8')).split('\n');
    const { id } = JSON.parse(first!) as { id: string };
    const { status, stderr } = await evaluate('--dataset-dir', join(work, 'fewer'), '--cache-dir', join(work, 'none'));
    expect(status).toBe(3);
    expect(stderr).toContain(
      `keeps clips that this dataset does not have in its train split: 1, the first of them ${id}.`,
    );
    expect(await readdir(work)).not.toContain('none');
  });

  it('tests it as the baseline too', async () => {
    const { status, stdout, stderr } = await refrainHere([
      'baseline',
      ...dataset,
      ...cache,
      '--json',
      '--finetuner-checkpoint-path',
      head,
    ]);
    expect(status, stderr).toBe(0);
    const [{ metrics }] = JSON.parse(stdout).sets as [{ metrics: Metrics }];
    expect(metrics['PR-AUC'].values).toEqual((await results()).metrics['PR-AUC'].values);
  });

  it.each([
    ['features that are not standardised', () => [head, '--space', 'raw'], 2, /give --space standardized\.$/],
    ["CLMR's head on standardised features", () => [clmrHead], 2, /give --space raw\.$/],
    ["CLMR's head with another encoder", () => [clmrHead, '--space', 'raw'], 3, /takes 512 numbers a segment/],
    ['another encoder than its own', () => [head, '--encoder.segmentSeconds', '2'], 2, /another encoder, or of other/],
    ['an encoder', () => [testDataPath('encoders', 'mtat-musicnn.pth')], 3, /holds no head of CLMR/],
    ['a file that is not there', () => ['none.pt'], 2, /^error: --finetuner-checkpoint-path .*there is no such file/],
    ['--finetuner-mlp for a linear head', () => [head, '--finetuner-mlp'], 2, /leave mlp out/],
  ])('refuses %s, before anything is embedded', async (_, args, expected, message) => {
    const unused = join(work, 'unused');
    const { status, stderr } = await evaluate('--finetuner-checkpoint-path', ...args(), '--cache-dir', unused);
    expect(stderr.trim()).toMatch(message);
    expect(status).toBe(expected);
    expect(await readdir(work)).not.toContain('unused');
  });

  it('refuses it where sets are compared by training', async () => {
    const { status, stderr } = await refrainHere(['run', ...dataset, ...cache, '--finetuner_checkpoint_path', head]);
    expect(stderr).toMatch(/a loaded head is the same for all\. Use `refrain prune`, then `refrain evaluate/);
    expect(status).toBe(2);
  });
});

/** A folder with a third of music-dev's clips of each split: what is tested here needs few. */
async function everyThirdClip(folder: string, from = 0): Promise<void> {
  await mkdir(folder);
  await symlink(testDataPath('music-dev', 'audio'), join(folder, 'audio'));
  for (const file of ['index_mtt.tsv', 'output_labels_mtt.txt'])
    await copyFile(testDataPath('music-dev', file), join(folder, file));
  for (const file of ['train_gt_mtt.tsv', 'val_gt_mtt.tsv', 'test_gt_mtt.tsv']) {
    const lines = (await readFile(testDataPath('music-dev', file), 'utf8')).trimEnd().split('\n');
    await writeFile(join(folder, file), lines.filter((_, i) => i % 3 === 0 && i >= from).join('\n'));
  }
}
