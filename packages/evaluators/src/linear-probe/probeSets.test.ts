import { createHash } from 'node:crypto';
import {
  type EvaluatedSet,
  type Evaluation,
  type EvaluationInput,
  type EvaluationSplit,
  sampleIndices,
  seededRandom,
  shuffled,
} from '@refrain/core';
import { syntheticEvaluationInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import type { ProbedInput } from '../checks.ts';
import type { Scores } from '../metrics/metrics.ts';
import { initialParameters } from './head.ts';
import { clipExamples } from './keptTrainings.ts';
import { LinearProbe } from './linearProbe.ts';
import { CLMR_PROBE, type LinearProbeOptions, MARBLE_PROBE } from './options.ts';
import { evaluationOf, testMetrics } from './testMetrics.ts';
import { trainProbe } from './trainProbe.ts';

const options: LinearProbeOptions = { ...CLMR_PROBE, input: 'segment', learningRate: 0.01, batchSize: 8, maxEpochs: 4 };

const withoutKeep = ({ keep: _, ...rest }: EvaluationInput): ProbedInput => rest;
const input = withoutKeep(syntheticEvaluationInput('multi-label'));
const clips = input.train.ids.length;
const whole = Uint32Array.from({ length: clips }, (_, clip) => clip);
const some = sampleIndices(seededRandom('some'), clips, 31);
// Neither ascending nor about the same clips as the others.
const mixed = shuffled(seededRandom('mixed'), clips).slice(0, 20);
const sets: EvaluatedSet[] = [{ keep: whole }, { keep: some, epochFactor: 2.4 }, { keep: mixed }, { keep: some }];

interface ProbeRun extends Required<Pick<Evaluation, 'parameters'>> {
  readonly probabilities: Scores;
  readonly epochs: number;
  readonly steps: number;
  readonly stopped: string;
  readonly validLoss: number;
}

interface How {
  readonly workers: number;
  readonly signal?: AbortSignal;
  readonly onDone?: (index: number, run: ProbeRun) => unknown;
}

async function probeSets(
  given: ProbedInput,
  kept: readonly EvaluatedSet[],
  chosen: LinearProbeOptions,
  { workers, signal, onDone }: How,
): Promise<ProbeRun[]> {
  const probe = new LinearProbe(chosen, signal, workers);
  const runs: ProbeRun[] = [];
  try {
    await probe.evaluateSets(given, kept, (index, { parameters, predictions, details }) => {
      const { epochs, steps, stopped, validLoss } = details as Omit<ProbeRun, 'parameters' | 'probabilities'> & object;
      runs[index] = { probabilities: predictions!, parameters: parameters!, epochs, steps, stopped, validLoss };
      return onDone?.(index, runs[index]);
    });
    return runs;
  } finally {
    await probe.close();
  }
}

const bytesOf = (runs: readonly ProbeRun[]) => {
  const hash = createHash('sha256');
  for (const { probabilities, parameters, ...rest } of runs) {
    hash.update(probabilities.data);
    for (const { data } of Object.values(parameters)) hash.update(data);
    hash.update(JSON.stringify(rest));
  }
  return hash.digest('hex');
};

describe('probes on many sets', () => {
  it('are the same to the last bit on 1, 2 and 3 threads, and others with another seed', async () => {
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map((workers) => probeSets(input, sets, options, { workers })),
    );
    expect(bytesOf(two!)).toBe(bytesOf(one!));
    expect(bytesOf(three!)).toBe(bytesOf(one!));
    const reseeded = { ...input, random: seededRandom('another') };
    expect(bytesOf(await probeSets(reseeded, sets, options, { workers: 1 }))).not.toBe(bytesOf(one!));
  });

  it.each<[string, EvaluationInput['task'], Partial<LinearProbeOptions>]>([
    ['linear', 'multi-label', {}],
    ['MLP, on means', 'multi-label', { mlp: true, input: 'mean' }],
    ["MARBLE's, but smaller", 'multi-label', { ...MARBLE_PROBE, hidden: 16, maxEpochs: 4, input: 'mean' }],
    ['single-label', 'single-label', {}],
  ])('are those of LinearProbe on each alone: %s', async (_, task, change) => {
    const given = withoutKeep(syntheticEvaluationInput(task));
    const chosen = { ...options, ...change };
    const keeps = [whole, some, mixed];
    const runs = await probeSets(
      given,
      keeps.map((keep) => ({ keep })),
      chosen,
      { workers: 2 },
    );
    for (const [index, keep] of keeps.entries()) {
      const { probabilities, parameters, epochs, stopped, validLoss } = runs[index]!;
      const alone = await new LinearProbe(chosen).evaluate({ ...given, keep });
      const { metrics, perClass, details } = testMetrics(given, probabilities);
      expect({ metrics, perClass, parameters }).toEqual({
        metrics: alone.metrics,
        perClass: alone.perClass,
        parameters: alone.parameters,
      });
      expect(alone.details).toMatchObject({ ...details, trainClips: keep.length, epochs, stopped, validLoss });
      expect(evaluationOf(given, probabilities).metrics).toMatchObject(alone.metrics);
    }
  });

  it.each<[string, Partial<LinearProbeOptions>, number[]]>([
    ['linear', {}, [4, 8]],
    // As MARBLE's, but smaller.
    ['MLP of a width of its own', { mlp: true, hidden: 5, dropout: 0.2, watch: 'metric', keep: 'best' }, [5, 8]],
  ])('are those of a training on the kept clips alone, in the order of `keep`: %s', async (_, change, lengths) => {
    const chosen = { ...options, ...change };
    const [run] = await probeSets(input, [{ keep: mixed }, { keep: whole }], chosen, { workers: 1 });
    expect(run!.parameters['0.weight']!.shape).toEqual(lengths);
    const orders = input.random.fork('order');
    const alone = await trainProbe({
      train: clipExamples(input, input.train, mixed, 'segment'),
      valid: clipExamples(input, input.valid, Uint32Array.from(input.valid.ids.keys()), 'segment'),
      task: 'multi-label',
      options: chosen,
      init: initialParameters(
        { dim: 8, classes: 4, mlp: chosen.mlp, hidden: chosen.hidden },
        input.random.fork('init'),
      ),
      dropoutSeed: input.random.fork('dropout').integer(2 ** 32),
      epochOrder: (epoch) => shuffled(orders.fork(String(epoch)), mixed.length),
    });
    expect(run!.parameters).toEqual(alone.parameters);
  });

  it('count epochs and steps, up to as many as the factor allows', async () => {
    const patient = { ...options, patience: 100, plateauPatience: 1 };
    const runs = await probeSets(input, sets, patient, { workers: 1 });
    // 72, 31, 20 and 31 clips in batches of 8; 2.4 × 4 epochs are 10.
    expect(runs.map(({ epochs, steps }) => [epochs, steps])).toEqual([
      [4, 36],
      [10, 40],
      [4, 12],
      [4, 16],
    ]);
    expect(runs.every(({ stopped }) => stopped === 'max epochs')).toBe(true);
    // A rate too small to change a float32 number: no epoch is better than the first.
    const still = { ...options, learningRate: 1e-30, maxEpochs: 100, patience: 3 };
    const [once, twice] = await probeSets(input, [{ keep: some }, { keep: some, epochFactor: 2 }], still, {
      workers: 1,
    });
    expect([once!.epochs, once!.stopped]).toEqual([4, 'no better']);
    expect([twice!.epochs, twice!.stopped]).toEqual([7, 'no better']);
  });

  it('multiply the patience of the plateau by the factor too', async () => {
    const rough = { ...options, learningRate: 0.5, patience: 10 };
    const set = { keep: some, epochFactor: 3 };
    const [stretched] = await probeSets(input, [set], { ...rough, plateauPatience: 1 }, { workers: 1 });
    const spelled = async (plateauPatience: number) => {
      const probe = new LinearProbe({ ...rough, maxEpochs: 12, patience: 30, plateauPatience });
      return (await probe.evaluate({ ...input, keep: some })).parameters;
    };
    expect(stretched!.parameters).toEqual(await spelled(3));
    expect(stretched!.parameters).not.toEqual(await spelled(1));
  });

  it('are told one by one, tested, and waited for', async () => {
    const told: [number, ProbeRun][] = [];
    let writing = 0;
    const onDone = async (index: number, run: ProbeRun) => {
      writing++;
      await Promise.resolve();
      told.push([index, run]);
      writing--;
    };
    const runs = await probeSets(input, sets, options, { workers: 2, onDone });
    expect(writing).toBe(0);
    expect(told.toSorted(([a], [b]) => a - b)).toEqual([...runs.entries()]);
  });

  it('of no sets are none', async () => {
    expect(await probeSets(input, [], options, { workers: 2 })).toEqual([]);
  });

  it('end when they are aborted, and when a run cannot be kept', async () => {
    const gone = AbortSignal.abort(new Error('changed my mind'));
    await expect(probeSets(input, sets, options, { workers: 1, signal: gone })).rejects.toThrow('changed my mind');
    const controller = new AbortController();
    const told: number[] = [];
    const onDone = (index: number) => {
      told.push(index);
      controller.abort(new Error('that will do'));
    };
    const aborted = probeSets(input, sets, options, { workers: 1, signal: controller.signal, onDone });
    await expect(aborted).rejects.toThrow('that will do');
    expect(told).toEqual([0]);
    const unwritable = probeSets(input, sets, options, {
      workers: 2,
      onDone: () => Promise.reject(new Error('cannot write it down')),
    });
    await expect(unwritable).rejects.toThrow('cannot write it down');
  });
});

describe('sets and labels at the edge', () => {
  it('a set smaller than a batch, down to one clip: takes a step an epoch', async () => {
    const small = [{ keep: Uint32Array.of(5, 3, 60) }, { keep: Uint32Array.of(7) }];
    const runs = await probeSets(input, small, { ...options, batchSize: 48 }, { workers: 2 });
    for (const { epochs, steps, probabilities } of runs) {
      expect(steps).toBe(epochs);
      expect(probabilities.data.every((value) => value > 0 && value < 1)).toBe(true);
    }
  });

  it.each(['multi-label', 'single-label'] as const)(
    'a class with one example, or none of them kept: works (%s)',
    async (task) => {
      const given = withoutKeep(syntheticEvaluationInput(task));
      const rare = (labels: readonly number[], clip: number) => {
        const others = labels.filter((label) => label !== 2);
        if (clip === 40) return task === 'single-label' ? [2] : [...others, 2];
        return task === 'single-label' && others.length === 0 ? [1] : others;
      };
      const train: EvaluationSplit = { ...given.train, labels: given.train.labels.map(rare) };
      expect(train.labels.filter((labels) => labels.includes(2))).toHaveLength(1);
      const without = whole.filter((clip) => clip !== 40);
      const runs = await probeSets({ ...given, train }, [{ keep: whole }, { keep: without }], options, { workers: 2 });
      for (const { probabilities } of runs) {
        const { metrics } = evaluationOf(given, probabilities);
        for (const [name, value] of Object.entries(metrics)) expect(value, name).toSatisfy(Number.isFinite);
      }
      expect(bytesOf([runs[0]!])).not.toBe(bytesOf([runs[1]!]));
    },
  );

  it('a tag without positives in the test: n/a, and not in the macro average', async () => {
    const labels = input.test.labels.map((of) => of.filter((label) => label !== 1));
    const given = { ...input, test: { ...input.test, labels } };
    const [run] = await probeSets(given, [{ keep: some }], options, { workers: 1 });
    const { metrics, perClass } = evaluationOf(given, run!.probabilities);
    for (const metric of ['PR-AUC', 'ROC-AUC']) {
      const [a, b, c, d] = perClass![metric]!;
      expect(b).toBeNaN();
      expect(metrics[metric]).toBeCloseTo((a! + c! + d!) / 3, 12);
    }
  });

  it('an embedding that is not finite, of a train clip that no set keeps: is not looked at', async () => {
    const kept = [{ keep: whole.filter((clip) => clip !== 9) }];
    const spoiled = probeSets({ ...input, train: withNaN(input.train, 9) }, kept, options, { workers: 1 });
    expect(bytesOf(await spoiled)).toBe(bytesOf(await probeSets(input, kept, options, { workers: 1 })));
  });
});

describe('what probes on many sets cannot use', () => {
  const good = { keep: some };
  it.each<[string, EvaluatedSet, string]>([
    ['an empty set', { keep: new Uint32Array() }, 'Set 1 keeps no train clip, so a probe has nothing to learn from.'],
    [
      'a clip outside',
      { keep: Uint32Array.of(0, 72) },
      'Set 1: keep names clip 72, but the train split has clips 0 to 71.',
    ],
    ['a clip twice', { keep: Uint32Array.of(4, 4) }, 'Set 1: keep names clip 4 ("train-4") twice.'],
    [
      'a factor below 1',
      { keep: some, epochFactor: 0.5 },
      'The epochFactor of set 1 is 0.5, expected a number from 1.',
    ],
    ['a factor without end', { keep: some, epochFactor: Infinity }, 'The epochFactor of set 1 is Infinity'],
  ])('%s: says which', async (_, set, message) => {
    await expect(probeSets(input, [good, set], options, { workers: 1 })).rejects.toThrow(message);
  });

  it.each<[string, Partial<ProbedInput>, string]>([
    ['train', { train: withNaN(input.train, 9) }, 'The embedding of clip "train-9" holds NaN'],
    ['valid', { valid: withNaN(input.valid, 2) }, 'The embedding of clip "valid-2" holds NaN'],
    ['test', { test: withNaN(input.test, 35) }, 'The embedding of clip "test-35" holds NaN'],
  ])('a %s clip whose embedding is not finite: names it', async (_, change, message) => {
    for (const clipInput of ['segment', 'mean'] as const) {
      const told: number[] = [];
      const onDone = (index: number) => told.push(index);
      const given = { ...input, ...change };
      const runs = probeSets(
        given,
        [{ keep: some }, { keep: whole }],
        { ...options, input: clipInput },
        { workers: 1, onDone },
      );
      await expect(runs).rejects.toThrow(message);
      expect(told).toEqual([]);
    }
  });

  it.each<[string, Partial<ProbedInput>, RegExp]>([
    ['no labels', { task: 'unlabelled' }, /has no labels/],
    ['no valid clips', { valid: syntheticEvaluationInput('multi-label', { tracks: 0 }).valid }, /has no valid clips/],
    [
      'another encoder',
      { test: syntheticEvaluationInput('multi-label', { dim: 5 }).test },
      /test split have 5 numbers/,
    ],
  ])('%s: says so', async (_, change, message) => {
    await expect(probeSets({ ...input, ...change }, [good], options, { workers: 1 })).rejects.toThrow(message);
  });

  it.each<[string, Partial<LinearProbeOptions>, number, RegExp]>([
    ['a bad option', { batchSize: 0 }, 1, /linear-probe\.batchSize/],
    ['no threads', {}, 0, /workers is 0, expected a whole number/],
    ['a training that diverges', { learningRate: 1e38 }, 2, /valid loss became .*: lower learningRate/],
  ])('%s: names it', async (_, change, workers, message) => {
    await expect(probeSets(input, [good, good], { ...options, ...change }, { workers })).rejects.toThrow(message);
  });
});

/** The split with a NaN in every segment of a clip. */
function withNaN(split: EvaluationSplit, clip: number): EvaluationSplit {
  const { segments, segmentStart } = split;
  const data = segments.data.slice();
  data.fill(Number.NaN, segmentStart[clip]! * segments.cols, segmentStart[clip + 1]! * segments.cols);
  return { ...split, segments: { ...segments, data } };
}
