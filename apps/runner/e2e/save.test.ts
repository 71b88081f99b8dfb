import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, readNpy, readNpyMatrix } from '@refrain/core';
import type { ComparisonReport } from '@refrain/pipeline';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { writeClip } from './fixtures/clips.ts';
import { jsonLines, newFolder, withoutPage } from './refrain.ts';

const SPLITS = { train: 12, valid: 4, test: 7 };
const TAGS = ['even', 'odd', 'third'];
const SEEDS = 2;

type Values = Readonly<Record<string, { readonly values: readonly number[] }>>;

/** The area under the ROC curve by its definition: how many pairs of a positive and a negative are in order, ties by halves. */
function rocAuc(truth: readonly number[], scores: readonly number[]): number {
  const of = (label: number) => scores.filter((_, i) => truth[i] === label);
  const pairs = of(1).flatMap((up) => of(0).map((down) => (up > down ? 1 : up === down ? 0.5 : 0)));
  return mean(pairs);
}

/** Average precision by its definition: the mean over positives of the precision at their score. */
function averagePrecision(truth: readonly number[], scores: readonly number[]): number {
  const precisions = scores
    .filter((_, i) => truth[i] === 1)
    .map((score) => mean(truth.filter((_, i) => scores[i]! >= score)));
  return mean(precisions);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The metrics of one seed from the files in a folder of predictions, as mean over the tags. */
async function recomputed(folder: string, name: string, seed: number): Promise<Record<string, number>> {
  const truth = await readNpy(join(folder, 'truth.npy'));
  const { data, shape, dtype } = await readNpy(join(folder, `${name}.npy`));
  expect([dtype, truth.dtype, shape]).toEqual(['float64', 'uint8', [SEEDS, ...truth.shape]]);
  const [clips, classes] = truth.shape as [number, number];
  const column = (values: ArrayLike<number>, start: number, label: number) =>
    Array.from({ length: clips }, (_, clip) => values[start + clip * classes + label]!);
  const over = (metric: typeof rocAuc) =>
    mean(
      TAGS.map((_, label) =>
        metric(column(truth.data as Uint8Array, 0, label), column(data as Float64Array, seed * clips * classes, label)),
      ),
    );
  return { 'PR-AUC': over(averagePrecision), 'ROC-AUC': over(rocAuc) };
}

describe('--save', () => {
  let work: string;
  let source: string[];

  const at = (...names: string[]) => join(work, ...names);
  const refrain = async (...args: string[]) => {
    const short = ['--draws', String(SEEDS), '--finetuner-max-epochs', '3'];
    const own = ['run', 'evaluate', 'compare', 'baseline'].includes(args[0]!) ? short : [];
    return (await runCommand(withoutPage([...args, ...own, '--quiet']), new AbortController().signal))!.result;
  };
  const expectFigures = async (folder: string, name: string, metrics: Values) => {
    for (let seed = 0; seed < SEEDS; seed++)
      for (const [metric, value] of Object.entries(await recomputed(folder, name, seed)))
        expect(metrics[metric]!.values[seed]).toBeCloseTo(value, 12);
  };

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(at('audio'));
    const rows = Object.entries(SPLITS).flatMap(([split, clips]) =>
      Array.from({ length: clips }, (_, i) => ({
        path: `audio/${split}${i}.wav`,
        split,
        track: `${split}-${i >> 1}`,
        tags: TAGS.filter((_, tag) => (tag === 2 ? i % 3 === 0 : i % 2 === tag)),
      })),
    );
    for (const { path } of rows) await writeClip(at(path), path);
    await writeFile(at('clips.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    source = [
      '--dataset',
      'manifest',
      '--dataset-dir',
      at('clips.jsonl'),
      '--cache-dir',
      at('cache'),
      '--workers',
      '1',
    ];
    await refrain('run', ...source, '--keep', '50%', '--save', 'predictions,segments', '--output', at('run'));
  });

  it('predictions gives every reported figure again, of every set and seed', async () => {
    const folder = at('run', 'evaluation', 'predictions');
    const results = JSON.parse(await readFile(at('run', 'evaluation', 'results.json'), 'utf8')) as {
      set: string;
      metrics: Values;
    }[];
    expect(results.map(({ set }) => set)).toEqual(['whole', 'pruned', 'random']);
    for (const { set, metrics } of results) await expectFigures(folder, set, metrics);
    expect(JSON.parse(await readFile(join(folder, 'classes.json'), 'utf8'))).toEqual(TAGS);
    expect(await jsonLines(join(folder, 'clips.jsonl'))).toEqual(
      Array.from({ length: SPLITS.test }, (_, i) => ({ id: `audio/test${i}.wav`, track: `test-${i >> 1}` })),
    );
  });

  it('segments gives the rows that embeddings are made of', async () => {
    const segments = await readNpyMatrix(at('run', 'segments', 'embeddings.npy'));
    const places = await jsonLines<{ id: string; split: string; start: number; segments: number }>(
      at('run', 'segments', 'clips.jsonl'),
    );
    expect(places.map(({ split }) => split)).toEqual(Object.entries(SPLITS).flatMap(([s, n]) => Array(n).fill(s)));
    const end = places.at(-1)!;
    expect(end.start + end.segments).toBe(segments.rows);
    // Standardised over the segments of train and whitened, then the mean over those of a clip, then length 1.
    const value = (row: number, column: number) => segments.data[row * segments.cols + column]!;
    const trained = places.filter(({ split }) => split === 'train').reduce((sum, place) => sum + place.segments, 0);
    const rows = Array.from({ length: trained }, (_, row) => row);
    const columns = Array.from({ length: segments.cols }, (_, column) => {
      const center = mean(rows.map((row) => value(row, column)));
      return { center, sd: Math.sqrt(mean(rows.map((row) => (value(row, column) - center) ** 2))) };
    });
    const { start, segments: count } = places.find(({ id }) => id === 'audio/train3.wav')!;
    const vector = columns.map(({ center, sd }, column) =>
      mean(Array.from({ length: count }, (_, i) => (value(start + i, column) - center) / sd)),
    );
    const whitening = await readNpy(at('run', 'whitening.npy'));
    const whitened = columns.map((_, column) =>
      vector.reduce((sum, number, row) => sum + number * Number(whitening.data[row * columns.length + column]), 0),
    );
    const length = Math.hypot(...whitened);
    const line = (await jsonLines<{ id: string }>(at('run', 'clips.jsonl'))).findIndex(
      ({ id }) => id === 'audio/train3.wav',
    );
    const embeddings = await readNpyMatrix(at('run', 'embeddings.npy'));
    for (const [column, number] of whitened.entries())
      expect(embeddings.data[line * embeddings.cols + column]).toBeCloseTo(number / length, 5);
  });

  it('works for each command that has them, and leaves nothing of an earlier evaluation', async () => {
    await refrain('baseline', ...source, '--save', 'predictions', '--output', at('baseline'));
    expect(await readdir(at('baseline', 'predictions'))).toContain('whole.npy');
    await refrain('embed', ...source, '--save', 'segments', '--output', at('embedded'));
    expect(await readFile(at('embedded', 'segments', 'embeddings.npy'))).toEqual(
      await readFile(at('run', 'segments', 'embeddings.npy')),
    );
    await refrain('prune', ...source, '--save', 'segments', '--output', at('pruned'));
    expect(await jsonLines(at('pruned', 'segments', 'clips.jsonl'))).toHaveLength(SPLITS.train);
    const evaluate = ['evaluate', '--pruned-dataset-path', at('pruned'), '--cache-dir', at('cache')];
    await refrain(...evaluate, '--save', 'predictions');
    expect(await readdir(at('pruned', 'evaluation', 'predictions'))).toContain('pruned.npy');
    await refrain(...evaluate);
    expect(await readdir(at('pruned', 'evaluation'))).not.toContain('predictions');
  });

  it('has nothing to save of a run that removes nothing: it says so in one line, and evaluates nothing', async () => {
    const { text, json } = await refrain('run', ...source, '--t', '0', '--save', 'predictions', '--output', at('all'));
    expect(text).toMatch(/^whitened by .*\n12 train clips .*\nnothing was removed: all 12 clips stay\n\n\/.*all$/);
    expect(json).toMatchObject({ pruned_size: 12, sets: [] });
    expect(await readdir(at('all'))).not.toContain('evaluation');
  });

  it('predictions gives the figures of each row of a comparison', async () => {
    const options = ['--pruner', 'random', '--keep', '50%', '--save', 'predictions'];
    const { json } = await refrain('compare', ...source, ...options, '--output', at('compared'));
    const { rows, parts } = json as ComparisonReport;
    for (const [i, { results }] of rows.entries())
      await expectFigures(at('compared', 'predictions'), `row-${i}`, results[parts[0]!.name] as Values);
  });

  it.each([
    [['baseline', '--save', 'segments'], /--save segments: this command can save predictions only/],
    [['baseline', '--save', 'predictions'], /--save predictions: --output DIR is missing/],
    [['prune', '--save', 'everything'], /--save.*"everything"/],
    [
      ['prune', '--save', 'segments', '--reuse', 'run'],
      /segments come from clips of a dataset, and this run reads none/,
    ],
  ])('refuses %j', async ([command, ...args], message) => {
    const given = args.includes('--reuse') ? [...args.slice(0, -1), at('run')] : [...source, ...args];
    const failed = refrain(command!, ...given);
    await expect(failed).rejects.toThrow(ConfigError);
    await expect(failed).rejects.toThrow(message);
  });
});
