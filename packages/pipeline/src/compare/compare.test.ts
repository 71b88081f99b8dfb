import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dot,
  type EvaluationSplit,
  type Evaluator,
  quietHost,
  type Random,
  sampleIndices,
  seededRandom,
  takeRows,
  zeros,
} from '@refrain/core';
import { CLMR_PROBE, LinearProbe } from '@refrain/evaluators';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvaluationStore, evaluateAll } from './evaluations.ts';
import { findings, metricNames } from './findings.ts';
import type { ComparedSet } from './sets.ts';
import { testParts } from './testParts.ts';

const CLASSES = ['high', 'low', 'odd'];
const DIM = 6;
const OPTIONS = { ...CLMR_PROBE, input: 'mean' as const, learningRate: 0.05, maxEpochs: 4, batchSize: 16 };

/** One-segment clips in twos of a track, which lie near each other; a label is a side of a plane, seen through noise. */
function split(name: string, tracks: number, random: Random): EvaluationSplit {
  const planes = seededRandom('planes');
  const weights = CLASSES.map(() => Array.from({ length: DIM }, () => planes.uniform() - 0.5));
  const segments = zeros(2 * tracks, DIM);
  const labels: number[][] = [];
  for (let track = 0; track < tracks; track++) {
    const centre = Array.from({ length: DIM }, () => 2 * random.uniform() - 1);
    for (const clip of [2 * track, 2 * track + 1]) {
      const own = centre.map((value) => value + 0.4 * (random.uniform() - 0.5));
      segments.data.set(own, clip * DIM);
      labels.push(
        weights.flatMap((weight, label) =>
          own.reduce((sum, value, i) => sum + value * weight[i]!, 0) + 0.8 * (random.uniform() - 0.5) > 0
            ? [label]
            : [],
        ),
      );
    }
  }
  return {
    ids: labels.map((_, clip) => `${name} ${clip}`),
    labels,
    groups: labels.map((_, clip) => ({ track: `${name} ${clip >> 1}` })),
    embeddings: segments,
    segments,
    segmentStart: Uint32Array.from({ length: labels.length + 1 }, (_, clip) => clip),
  };
}

const taskOf = (random: Random, trainTracks = 40) => ({
  task: 'multi-label' as const,
  classes: CLASSES,
  train: split('train', trainTracks, random.fork('train')),
  valid: split('valid', 10, random.fork('valid')),
  test: split('test', 30, random.fork('test')),
});

const drawn = (
  role: ComparedSet['role'],
  strategy: string,
  total: number,
  size: number,
  seeds: number,
  random: Random,
) => ({
  strategy,
  role,
  asked: {},
  size,
  keep: Array.from({ length: seeds }, (_, seed) => sampleIndices(random.fork(`${role} ${seed}`), total, size)),
});

/** Predicts the labels of the nearest kept clip. */
const nearestClip: Evaluator = {
  name: 'nearest-clip',
  trains: false,
  unsuitable: () => undefined,
  async evaluate({ train, test, keep, classes }) {
    const data = new Float32Array(test.ids.length * classes.length);
    for (const clip of test.ids.keys()) {
      const likeness = (other: number) => dot(test.embeddings, clip, train.embeddings, other);
      const nearest = keep.reduce((best, other) => (likeness(other) > likeness(best) ? other : best));
      for (const label of train.labels[nearest]!) data[clip * classes.length + label] = 1;
    }
    return { metrics: {}, predictions: { data, rows: test.ids.length, cols: classes.length } };
  },
};

const counting: Evaluator = {
  name: 'counting',
  trains: false,
  unsuitable: () => undefined,
  evaluate: async ({ train, keep }) => ({ metrics: { 'share kept': keep.length / train.ids.length } }),
};

describe('a comparison', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-compare-'));
  });
  // Each opens its sessions once, which takes longer than to train on these sets.
  const probes = [1, 2].map((workers) => new LinearProbe(OPTIONS, undefined, workers));
  afterAll(async () => {
    await Promise.all(probes.map((probe) => probe.close()));
  });

  const rowsOf = async (
    task: ReturnType<typeof taskOf>,
    sets: readonly ComparedSet[],
    seeds: number,
    random: Random,
    workers = 1,
    store?: string,
  ) => {
    const evaluator = probes[workers - 1]!;
    const evaluating = {
      evaluator,
      budgets: ['epochs'] as const,
      seeds,
      ...(store !== undefined && { store: new EvaluationStore(join(folder, store), () => {}) }),
      random,
      host: quietHost(),
    };
    const evaluated = await evaluateAll(task, sets, evaluating);
    const parts = testParts(task.train, task.test, 'track', 200, random.fork('resamples'));
    return findings(task, evaluated, parts, 0.95, (message) => {
      throw new Error(message);
    });
  };

  it('of two random strategies finds a difference as seldom as it claims', async () => {
    // Of trained probes no more: each costs a tenth of a second. Those of errorRates.test.ts are simulated, and 300.
    const [repetitions, seeds] = [100, 10];
    let found = 0;
    let intervals = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const random = seededRandom(`null ${repetition}`);
      const task = taskOf(random);
      const sets = [
        drawn('baseline', 'random', 80, 24, seeds, random),
        drawn('strategy', 'also random', 80, 24, seeds, random),
      ];
      const [, row] = await rowsOf(task, sets, seeds, random);
      const { adjustedPValue, interval, verdict } = row!.against!.random!.test!['PR-AUC']!;
      if (verdict !== 'no difference') found++;
      if (interval[0] > 0 || interval[1] < 0) intervals++;
      expect(verdict !== 'no difference').toBe(adjustedPValue < 0.05);
    }
    // 100 repetitions at 5 % give 5 on average.
    expect(found).toBeLessThanOrEqual(0.07 * repetitions);
    expect(intervals).toBe(found);
  });

  it('finds that one clip of each beats random sets of the same size, where four fifths of the train set are exact copies', async () => {
    const random = seededRandom('copies');
    const base = taskOf(random, 30);
    // 60 clips; the first six of them are there forty more times each.
    const rows = [...Array(60).keys(), ...Array.from({ length: 240 }, (_, i) => i % 6)];
    const train: EvaluationSplit = {
      ids: rows.map((_, i) => `train ${i}`),
      labels: rows.map((row) => base.train.labels[row]!),
      groups: rows.map((row) => base.train.groups[row]),
      embeddings: takeRows(base.train.embeddings, Uint32Array.from(rows)),
      segments: takeRows(base.train.segments, Uint32Array.from(rows)),
      segmentStart: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i),
    };
    const oneOfEach = Uint32Array.from({ length: 60 }, (_, i) => i);
    const sets: ComparedSet[] = [
      drawn('baseline', 'random', 300, 60, 10, random),
      { strategy: 'one of each', role: 'strategy', asked: {}, size: 60, keep: Array(10).fill(oneOfEach) },
    ];
    const [, row] = await rowsOf({ ...base, train }, sets, 10, random);
    const { verdict, interval, sentence } = row!.against!.random!.test!['PR-AUC']!;
    expect(verdict).toBe('better');
    expect(interval[0]).toBeGreaterThan(0);
    expect(sentence).toMatch(
      /^PR-AUC \+0\.\d+ \(95 % interval \+0\.\d+ … \+0\.\d+, p . 0\.\d+\): better than random sets of the same size\.$/,
    );
  });

  it('works with an evaluator that knows nothing of sets, threads and epochs', async () => {
    const random = seededRandom('nearest');
    const task = taskOf(random, 30);
    const sets = [drawn('baseline', 'random', 60, 20, 3, random), drawn('strategy', 'other', 60, 40, 3, random)];
    const sized: ComparedSet[] = [...sets, drawn('baseline', 'random', 60, 40, 3, random)];
    const how = { budgets: ['epochs', 'steps'] as const, seeds: 3, random, host: quietHost() };
    const evaluated = await evaluateAll(task, sized, { ...how, evaluator: nearestClip });
    const parts = testParts(task.train, task.test, 'track', 50, random.fork('resamples'));
    const [, row] = findings(task, evaluated, parts, 0.95, () => {});
    // One row a set: it knows no budget, and counts nothing.
    expect(evaluated.map(({ set, budget }) => [set.size, budget])).toEqual(
      [20, 40, 40].map((size) => [size, 'epochs']),
    );
    expect(row).not.toHaveProperty('epochs');
    expect(Object.keys(row!.against!.random!.test!)).toEqual(['PR-AUC', 'ROC-AUC']);
    expect(row!.results.test!['PR-AUC']!.values.every((value) => value !== null && value > 0.5)).toBe(true);
  });

  it('keeps evaluations under the fingerprint of what made them, and none without', async () => {
    const random = seededRandom('kept');
    const task = taskOf(random, 30);
    const sets = [drawn('baseline', 'random', 60, 20, 2, random)];
    const store = new EvaluationStore(join(folder, 'kept'), () => {});
    let asked = 0;
    const evaluate: Evaluator['evaluate'] = async (input) => {
      asked++;
      return counting.evaluate(input);
    };
    const run = async (evaluator: Evaluator) => {
      asked = 0;
      await evaluateAll(task, sets, { evaluator, budgets: ['epochs'], seeds: 2, store, random, host: quietHost() });
      return asked;
    };
    const unnamed: Evaluator = { ...counting, evaluate };
    expect([await run(unnamed), await run(unnamed)]).toEqual([2, 2]);
    const first: Evaluator = { ...unnamed, fingerprint: 'first' };
    expect([await run(first), await run(first), await run({ ...first, fingerprint: 'second' })]).toEqual([2, 0, 2]);
  });

  it('tells the metrics of an evaluator that predicts nothing, without intervals', async () => {
    const random = seededRandom('counting');
    const task = taskOf(random, 30);
    const sets = [drawn('baseline', 'random', 60, 20, 3, random), drawn('strategy', 'other', 60, 20, 3, random)];
    const how = { budgets: ['epochs'] as const, seeds: 3, random, host: quietHost() };
    const evaluated = await evaluateAll(task, sets, { ...how, evaluator: counting });
    const parts = testParts(task.train, task.test, 'track', 50, random.fork('resamples'));
    expect(metricNames(task, evaluated)).toEqual({ compared: ['share kept'], further: [] });
    const [, row] = findings(task, evaluated, parts.slice(0, 1), 0.95, () => {});
    expect(row!.results).toEqual({ test: { 'share kept': { mean: 1 / 3, sd: 0, values: [1 / 3, 1 / 3, 1 / 3] } } });
    expect(row!.against).toEqual({});
  });

  it('is the same on any number of workers, and from probes that were kept', async () => {
    const random = seededRandom('workers');
    const task = taskOf(random, 30);
    const sets = [drawn('baseline', 'random', 60, 20, 3, random), drawn('strategy', 'other', 60, 20, 3, random)];
    const alone = await rowsOf(task, sets, 3, random, 1, 'alone');
    expect(await rowsOf(task, sets, 3, random, 2, 'two')).toEqual(alone);
    expect(await rowsOf(task, sets, 3, random, 2, 'alone')).toEqual(alone);
    const other = await rowsOf(task, sets, 3, seededRandom('another seed'), 1, 'alone');
    expect(other).not.toEqual(alone);
  });
});
