import { seededRandom, shuffled, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { accuracy, likeliestClasses, macroAverage, perClass, segmentAverage } from '../metrics/metrics.ts';
import { rocAuc } from '../metrics/ranking.ts';
import { type Examples, headLogits } from './forwardPass.ts';
import { initialParameters } from './head.ts';
import { CLMR_PROBE, MARBLE_PROBE, type ProbeOptions } from './options.ts';
import { earlyStopping, reduceOnPlateau } from './schedule.ts';
import { type ProbeTraining, trainProbe } from './trainProbe.ts';
import { probeThreads } from './trainProbes.ts';

const DIM = 12;
const CLASSES = 5;
const ROWS = 203;
const train = examples('train', ROWS);
const valid = examples('valid', 60);

// MARBLE's, but quicker to overfit, so that the best epoch is not the last.
const QUICK: ProbeOptions = {
  ...MARBLE_PROBE,
  hidden: 32,
  learningRate: 0.03,
  batchSize: 16,
  patience: 6,
  plateauPatience: 2,
};
const CASES = [
  { name: 'multi-label by the ROC-AUC', task: 'multi-label', options: QUICK },
  { name: 'single-label by the accuracy', task: 'single-label', options: QUICK },
  { name: 'multi-label by the loss', task: 'multi-label', options: { ...QUICK, watch: 'loss' } },
  { name: 'multi-label, linear', task: 'multi-label', options: { ...CLMR_PROBE, learningRate: 0.1, keep: 'best' } },
] as const;

describe('a probe that keeps the best weights', () => {
  it.each(CASES)('$name has those of the first epoch with the best watched figure', async ({ task, options }) => {
    const training = trainingOf(task, options);
    const probe = await trainProbe(training);
    const figures = probe.epochs.map(({ validLoss, validMetric }) => validMetric ?? -validLoss);
    expect(probe.keptEpoch).toBe(1 + figures.indexOf(Math.max(...figures)));
    expect(probe.keptEpoch).toBeLessThan(probe.epochs.length);
    const until = { ...options, maxEpochs: probe.keptEpoch, keep: 'last' as const };
    const shorter = await trainProbe({ ...training, options: until });
    expect(shorter.parameters).toEqual(probe.parameters);
    expect(shorter.keptEpoch).toBe(probe.keptEpoch);
  });

  it.each(CASES)('$name follows the schedule of the watched figure', async ({ task, options }) => {
    const { epochs, stopped } = await trainProbe(trainingOf(task, options));
    const metrics = options.watch === 'metric';
    const [mode, factor] = [metrics ? 'max' : 'min', options.plateauFactor] as const;
    const figures = epochs.map(({ validLoss, validMetric }) => (metrics ? validMetric! : validLoss));
    for (const [index, { learningRate }] of epochs.entries()) {
      const seen = figures.slice(0, index);
      const { learningRate: start, plateauPatience, patience } = options;
      expect(learningRate).toBe(reduceOnPlateau(seen, start, plateauPatience, { factor, mode }).learningRate);
      expect(earlyStopping(seen, patience, mode).stop).toBeUndefined();
    }
    expect(epochs.at(-1)!.learningRate).toBeLessThan(options.learningRate);
    expect(stopped).toBe('no better');
  });

  it('has the watched metric on the valid rows, by the metrics of a test', async () => {
    for (const task of ['multi-label', 'single-label'] as const) {
      const { parameters, epochs, keptEpoch } = await trainProbe(trainingOf(task, QUICK));
      const shape = { dim: DIM, classes: CLASSES, mlp: true, hidden: 32 };
      const logits = await headLogits(shape, parameters, valid.features);
      const rowStart = Array.from({ length: valid.features.rows + 1 }, (_, row) => row);
      const probabilities = segmentAverage(logits, rowStart, task === 'multi-label' ? 'sigmoid' : 'softmax');
      const { targets } = validFor(task);
      const metric =
        task === 'multi-label'
          ? macroAverage(perClass(rocAuc, Uint8Array.from(targets.data), probabilities)).value
          : accuracy(likeliestClasses(targets), likeliestClasses(probabilities));
      expect(epochs[keptEpoch - 1]!.validMetric).toBe(metric);
      expect(metric).toBeGreaterThan(task === 'multi-label' ? 0.6 : 0.3);
    }
  });
});

describe('dropout', () => {
  it('is the same under the same seed, another under another, and none on the valid rows', async () => {
    const options = { ...QUICK, maxEpochs: 3 };
    const training = trainingOf('multi-label', options);
    const probe = await trainProbe(training);
    expect(await trainProbe(training)).toEqual(probe);
    expect((await trainProbe({ ...training, dropoutSeed: 'another' })).parameters).not.toEqual(probe.parameters);
    // A head that does not learn has the same figures with dropout and without, but for the loss on the train rows.
    const still = { ...training, options: { ...options, learningRate: 1e-30, watch: 'loss' as const } };
    const dropped = (await trainProbe(still)).epochs;
    const whole = (await trainProbe({ ...still, options: { ...still.options, dropout: 0 } })).epochs;
    expect(dropped.map(({ validLoss }) => validLoss)).toEqual(whole.map(({ validLoss }) => validLoss));
    expect(whole[1]!.trainLoss).toBeCloseTo(whole[0]!.trainLoss, 6);
    expect(Math.abs(dropped[1]!.trainLoss - dropped[0]!.trainLoss)).toBeGreaterThan(1e-6);
  });
});

describe('probes of all kinds in threads', () => {
  it.each([1, 2, 3])('of which there are %i are those of one after the other, bit by bit', async (workers) => {
    const trainings = CASES.map(({ task, options }) => trainingOf(task, { ...options, maxEpochs: 7 }));
    const threads = probeThreads(workers);
    const together = await threads.train(trainings, {});
    await threads.close();
    for (const [index, training] of trainings.entries()) expect(together[index]).toEqual(await trainProbe(training));
  });
});

describe('a training that cannot be', () => {
  const refused = (options: Partial<ProbeOptions>, more: Partial<ProbeTraining> = {}) =>
    expect(trainProbe({ ...trainingOf('multi-label', { ...QUICK, ...options }), ...more })).rejects;

  it('says what dropout and the ROC-AUC lack', async () => {
    const { dropoutSeed: _, ...seedless } = trainingOf('multi-label', QUICK);
    await expect(trainProbe(seedless)).rejects.toThrow('there is no dropoutSeed to draw from');
    const untold = { ...valid, targets: zeros(60, CLASSES) };
    await refused({}, { valid: untold }).toThrow('so there is no ROC-AUC to watch');
  });
});

function trainingOf(task: ProbeTraining['task'], options: ProbeOptions): ProbeTraining {
  const { mlp, hidden } = options;
  const random = seededRandom('probe');
  return {
    train: task === 'multi-label' ? train : withOneLabel(train),
    valid: validFor(task),
    task,
    options,
    init: initialParameters({ dim: DIM, classes: CLASSES, mlp, hidden }, random.fork('init')),
    epochOrder: (epoch) => shuffled(random.fork(`${epoch}`), ROWS),
    dropoutSeed: 'dropout',
  };
}

function validFor(task: ProbeTraining['task']): Examples {
  return task === 'multi-label' ? valid : withOneLabel(valid);
}

/** The same rows, each with the first of its classes alone, or class 0. */
function withOneLabel({ features, targets }: Examples): Examples {
  const one = zeros(targets.rows, CLASSES);
  for (const [row, label] of likeliestClasses(targets).entries()) one.data[row * CLASSES + label] = 1;
  return { features, targets: one };
}

/** Features with a pattern for each class, and noise. */
function examples(name: string, rows: number): Examples {
  const { uniform } = seededRandom(name);
  const features = zeros(rows, DIM);
  const targets = zeros(rows, CLASSES);
  for (let i = 0; i < targets.data.length; i++) targets.data[i] = uniform() < 0.3 ? 1 : 0;
  for (let i = 0; i < features.data.length; i++) {
    const [row, column] = [Math.floor(i / DIM), i % DIM];
    features.data[i] = 4 * uniform() + targets.data[row * CLASSES + (column % CLASSES)]!;
  }
  return { features, targets };
}
