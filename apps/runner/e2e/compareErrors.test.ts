import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';
import type { ComparisonReport } from '@refrain/pipeline';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { writeClip } from './fixtures/clips.ts';
import { newFolder, refrain } from './refrain.ts';

interface Row {
  readonly path: string;
  readonly split: string;
  readonly tags?: readonly string[];
  readonly genre?: string;
}

const SPLITS = { train: 16, valid: 4, test: 6 };

describe('refrain compare on what it cannot compare', () => {
  let work: string;
  let rows: Row[];
  let count = 0;

  /** The manifest's options; without `given` that of all rows. */
  const manifest = async (given: readonly Row[] = rows) => {
    const path = join(work, `clips-${count++}.jsonl`);
    await writeFile(path, given.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return ['--dataset', 'manifest', '--dataset-dir', path];
  };
  const short = ['--draws', '3', '--finetuner-max-epochs', '2', '--workers', '1'];
  const argsOf = (more: readonly string[], output = join(work, `out-${count++}`)) => [
    ...['compare', '--cache-dir', join(work, 'cache'), '--output', output, ...short, ...more],
  ];
  const run = (more: readonly string[]) => runCommand([...argsOf(more), '--quiet'], new AbortController().signal);
  const reportOf = async (given: readonly Row[], ...more: string[]) => {
    const outcome = await run([...(await manifest(given)), ...more]);
    return { ...(outcome!.result.json as ComparisonReport), folder: outcome!.result.folder! };
  };
  /** Every row with its tags by what the function makes of its number in its split. */
  const tagged = (tagsOf: (row: Row, index: number) => readonly string[]) =>
    rows.map((row) => ({ ...row, tags: tagsOf(row, Number(/\d+/.exec(row.path)![0])) }));

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(join(work, 'audio'));
    rows = Object.entries(SPLITS).flatMap(([split, clips]) =>
      Array.from({ length: clips }, (_, i) => ({
        path: `audio/${split}${i}.wav`,
        split,
        tags: i % 2 === 0 ? ['even'] : ['odd', 'loud'],
      })),
    );
    for (const { path } of rows) await writeClip(join(work, path), path);
  });

  it('says what is wrong with each option, before any audio is read', async () => {
    const source = await manifest();
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--keep', '2'], /--keep: expected a share of at most 1 or 100%; did you mean 2%/],
      [['--t', 'x'], /--t x: expected numbers from 0 to 1/],
      [['--noise', 'maybe'], /--noise maybe: expected some of prune, keep, recluster/],
      [['--pruner', 'random,nothing'], /There is no pruner "nothing"\. Known: jensen-shannon, /],
      [['--pruner', 'coverage', '--t', '0.5'], /--t: none of coverage has a t; say with --keep how much/],
      [['--pruner', 'random', '--noise', 'keep'], /--noise keep: none of random has policies for noise/],
      [['--pruner', 'random', '--pruner.kappa', '1'], /--pruner\.kappa: none of random has that option/],
      [['--pruner.kappa', 'much'], /kappa.*much/],
      [['--draws', '1'], /--draws: .*>=2/],
      [['--base', work], /compare chooses many sets .*leave out --base and --merge-labels/],
      [['--merge-labels', 'on'], /compare chooses many sets .*leave out --base and --merge-labels/],
      [['--min-per-track', '3', '--max-per-track', '2'], /--min-per-track 3 is more than --max-per-track 2/],
      [['--keep-rules', 'louder'], /louder/],
      [['--resample-by', 'artist'], /--resample-by artist: no test clip of manifest names its artist/],
    ];
    for (const [options, sentence] of cases) {
      const failed = run([...source, ...options]);
      await expect(failed, options.join(' ')).rejects.toThrow(sentence);
      await expect(failed).rejects.toThrow(ConfigError);
    }
    await expect(run(['--embeddings', join(work, 'own.npy')])).rejects.toThrow(
      /--embeddings come without labels and splits, so there is nothing to compare by/,
    );
    expect(await readdir(work)).not.toContain('cache');
  });

  it('says what is wrong with the dataset, before any audio is read', async () => {
    const cases: readonly (readonly [readonly Row[], RegExp])[] = [
      [rows.map(({ path, split }) => ({ path, split })), /has no labels, .*cannot be compared/],
      [rows.filter(({ split }) => split !== 'valid'), /no valid clips, which tell a probe when to stop/],
      [rows.filter(({ split }) => split !== 'test'), /no test clips/],
      [rows.filter(({ split }) => split !== 'train'), /no train clips/],
    ];
    for (const [given, sentence] of cases) {
      const failed = run(await manifest(given));
      await expect(failed).rejects.toThrow(sentence);
      await expect(failed).rejects.toThrow(DataError);
    }
    expect(await readdir(work)).not.toContain('cache');
  });

  it('ends with the exit status of its kind and leaves no folder', async () => {
    const output = join(work, 'never');
    const wrong = await refrain(argsOf([...(await manifest()), '--keep', '2'], output));
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toMatch(/^error: --keep: .*did you mean 2%/m);
    const bad = await refrain(argsOf(await manifest(rows.slice(0, 5)), output));
    expect([bad.status, bad.stdout]).toEqual([3, '']);
    expect(await readdir(work)).not.toContain('never');
  });

  it('learns from a train set smaller than a batch', async () => {
    const { rows: found, trainClips } = await reportOf(rows, '--pruner', 'random', '--keep', '25%');
    expect(trainClips).toBe(16);
    const kept = found.filter(({ role }) => role === 'strategy');
    expect(kept.map(({ budget, kept: clips, epochs, steps }) => [budget, clips, epochs, steps])).toEqual([
      ['epochs', 4, 2, 2],
      ['steps', 4, 2, 2],
    ]);
    for (const { results } of found) expect(results.test!['PR-AUC']!.values.every(Number.isFinite)).toBe(true);
  });

  it('leaves out of the means a tag without positives in test, and says so', async () => {
    const rare = tagged(({ split, tags = [] }, i) => (split === 'train' && i < 4 ? [...tags, 'rare'] : tags));
    const finished = await refrain(argsOf([...(await manifest(rare)), '--pruner', 'random', '--keep', '0.5']));
    expect(finished.status, finished.stderr).toBe(0);
    expect(finished.stderr).toContain('in test 1 of 4 tags without positives or without negatives: they are n/a');
    const folder = finished.stdout.trimEnd().split('\n').at(-1)!;
    const report = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as ComparisonReport;
    const at = report.classes.indexOf('rare');
    for (const { perClass, positives, results } of report.rows) {
      expect(perClass['PR-AUC']![at]).toBeNull();
      const known = perClass['PR-AUC']!.filter((value) => value !== null);
      expect(known).toHaveLength(3);
      // The mean over the seeds of the means over the tags is that of the tags over the means over the seeds.
      expect(results.test!['PR-AUC']!.mean).toBeCloseTo(known.reduce((sum, value) => sum + value, 0) / 3, 9);
      expect(positives[at]).toBeLessThanOrEqual(4);
    }
    const line = (await readFile(join(folder, 'per_tag.tsv'), 'utf8'))
      .split('\n')
      .find((one) => one.startsWith('rare'))!;
    expect(line.split('\t').slice(1, 5)).toEqual(['4', '4', 'n/a', 'n/a']);
  });

  it('works with a class of one example', async () => {
    const single = rows.map(({ path, split }, i) => ({
      path,
      split,
      genre: i === 0 ? 'lone' : i % 2 === 0 ? 'a' : 'b',
    }));
    const report = await reportOf(single, '--pruner', 'random', '--keep', '50%');
    expect([report.task, report.metrics]).toEqual(['single-label', ['Accuracy']]);
    const lone = report.classes.indexOf('lone');
    expect(report.rows[0]!.positives[lone]).toBe(1);
    for (const { perClass, results } of report.rows) {
      expect(perClass.Recall![lone]).toBeNull();
      expect(results.test!.Accuracy!.mean).toBeGreaterThanOrEqual(0);
    }
  });

  it('leaves out a share that a strategy cannot reach, and lists it', async () => {
    const report = await reportOf(rows, '--pruner', 'coverage,random', '--noise', 'keep', '--keep', '0.5');
    expect(report.refused).toEqual([
      { strategy: 'coverage', asked: { keep: 0.5, noise: 'keep' }, why: expect.stringMatching(/16 must stay/) },
    ]);
    expect(report.rows.filter(({ role }) => role === 'strategy').map(({ strategy }) => strategy)).toEqual([
      'random',
      'random',
    ]);
    expect(JSON.parse(await readFile(join(report.folder, 'results.json'), 'utf8')).refused).toEqual(report.refused);
    expect(await readFile(join(report.folder, 'results.md'), 'utf8')).toMatch(
      /Left out:\n\n- coverage keep=0\.5 noise=keep: .*16 must stay/,
    );
  });

  it('has nothing to compare where every share is refused', async () => {
    const failed = run([...(await manifest()), '--pruner', 'coverage', '--noise', 'keep', '--keep', '0.5']);
    await expect(failed).rejects.toThrow(/nothing to compare\.\n {2}coverage keep=0\.5 noise=keep: .*16 must stay/);
  });
});
