import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { ComparisonReport } from '@refrain/pipeline';
import { readPrunedDataset } from '@refrain/pruned-dataset';
import { beforeAll, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { newFolder, withoutPage } from './refrain.ts';

describeWithData('embeddings', 'own embeddings of ESC-10 with its labels, by the command', () => {
  let work: string;
  let source: string[];
  const run = async (...args: string[]) => {
    const outcome = await runCommand(
      [...withoutPage(args), '--cache-dir', join(work, 'cache'), '--workers', '1', '--quiet'],
      new AbortController().signal,
    );
    return outcome!.result;
  };
  const quick = ['--finetuner-max-epochs', '8', '--draws', '2'];

  beforeAll(async () => {
    work = await newFolder();
    const embeddings = join(work, 'x.npy');
    await copyFile(testDataPath('embeddings', 'esc10.oww.npy'), embeddings);
    const [, ...lines] = (await readFile(testDataPath('esc10-dev', 'clips.csv'), 'utf8')).trimEnd().split('\n');
    const rows = lines.map((line) => {
      const [id, label, fold, track] = line.split(',') as [string, string, string, string];
      const split = fold === '5' ? 'test' : fold === '4' ? 'valid' : 'train';
      return JSON.stringify({ id, path: testDataPath('esc10-dev', 'audio', id), split, label, track });
    });
    const list = join(work, 'clips.jsonl');
    await writeFile(list, `${rows.join('\n')}\n`);
    const ids = testDataPath('embeddings', 'esc10.rows.txt');
    source = ['--embeddings', embeddings, '--ids', ids, '--dataset', 'manifest', '--dataset-dir', list];
  });

  it('run, evaluate, prune from the folder and go on from it', async () => {
    const folder = join(work, 'run');
    const { json } = await run(
      'run',
      ...source,
      ...quick,
      '--coverage-draws',
      '2',
      '--keep',
      '50%',
      '--output',
      folder,
    );
    const { sets } = json as { readonly sets: readonly { set: string; clips: number }[] };
    expect(sets.map(({ set, clips }) => [set, clips])).toEqual([
      ['whole', 240],
      ['pruned', 120],
      ['random', 120],
    ]);
    const { metadata, clips } = await readPrunedDataset(folder);
    expect(metadata.settings).toMatchObject({ embeddings: source[1], dataset: { use: 'manifest', dir: source[7] } });
    expect(clips[0]).toMatchObject({ labels: [clips[0]!.id.split('/')[0]] });
    const metrics = async () => JSON.parse(await readFile(join(folder, 'evaluation', 'results.json'), 'utf8'));
    const before = (await metrics()).find(({ set }: { set: string }) => set === 'pruned').metrics.Accuracy;
    const trusted = ['--outside-audio', 'on'];
    await run('evaluate', folder, ...trusted, ...quick, '--coverage-draws', '2');
    expect((await metrics())[0].metrics.Accuracy).toEqual(before);
    const again = await run('prune', '--reuse', folder, '--keep', '40%', '--output', join(work, 'again'));
    expect(again.json).toMatchObject({ pruned_size: 96 });
    const next = await run('prune', '--base', folder, ...trusted, '--output', join(work, 'next'));
    expect(next.json).toMatchObject({ pruned_size: 120 });
  });

  it('compare', async () => {
    const { json } = await run('compare', ...source, ...quick, '--keep', '50%', '--output', join(work, 'compared'));
    const { rows } = json as ComparisonReport;
    expect(rows.map(({ kept }) => kept)).toEqual(expect.arrayContaining([240, 120]));
  });

  it('leaks and duplicates', async () => {
    const leaks = await run('leaks', ...source, '--fingerprints', 'off');
    expect(leaks.text).toContain('240 train, 80 valid and 80 test clips');
    const { json } = await run('duplicates', ...source, '--fingerprints', 'off');
    expect(json).toMatchObject({ clips: 400 });
  });
});
