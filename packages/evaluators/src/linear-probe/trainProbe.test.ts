import { existsSync } from 'node:fs';
import { readNpy, readNpyMatrix, takeRows, zeros } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { segmentAverage } from '../metrics/metrics.ts';
import { type Examples, headLogits } from './forwardPass.ts';
import { type HeadParameters, type HeadShape, parametersOf } from './head.ts';
import { CLMR_PROBE } from './options.ts';
import { openStepSession } from './stepSession.ts';
import { type ProbeTraining, type TrainedProbe, trainProbe } from './trainProbe.ts';

// The largest differences between PyTorch's own float32 and float64 runs, from the golden values' README; ours may be ten times as far.
const CASES = [
  { name: 'multi_linear', loss: 3.9e-7, weight: 2.7e-6, probability: 1.2e-6 },
  { name: 'multi_mlp', loss: 1.5e-7, weight: 7.3e-7, probability: 6.0e-7 },
  { name: 'single_linear', loss: 1.1e-7, weight: 3.6e-7, probability: 3.3e-7 },
  { name: 'single_mlp', loss: 9.4e-8, weight: 2.2e-7, probability: 3.0e-7 },
  { name: 'multi_linear_lrdrops', loss: 1.8e-7, weight: 2.4e-6, probability: 7.8e-7 },
  { name: 'multi_linear_lrdrops4', loss: 1.9e-7, weight: 1.6e-6, probability: 8.8e-7 },
  { name: 'multi_linear_lrdrops2', loss: 8.8e-8, weight: 1.0e-7, probability: 8.8e-8 },
  { name: 'single_linear_small', loss: 1.1e-7, weight: 2.1e-7, probability: 1.9e-7 },
  { name: 'multi_mlp_short', loss: 8.2e-8, weight: 5.5e-8, probability: 6.7e-8 },
];

interface Config {
  readonly task: 'multi' | 'single';
  readonly mlp: 0 | 1;
  readonly lr: number;
  readonly weight_decay: number;
  readonly n_train: number;
  readonly max_epochs: number;
  readonly batch_size: number;
  readonly classes: number;
  readonly d: number;
}

interface Expected {
  readonly config: Config;
  readonly stop: 'early_stop' | 'max_epochs';
  readonly loss_step_1: number;
  readonly loss_step_2: number;
  readonly epochs: readonly { readonly lr: number; readonly train_loss: number; readonly valid_loss: number }[];
}

describeWithData('golden/probe', 'the probe that PyTorch trains', () => {
  it.each(CASES)('$name: losses, learning rates, last epoch, weights and test probabilities', async (golden) => {
    const { name } = golden;
    const { training, expected, shape } = await load(name);
    const probe = await trainProbe(training);
    expect(probe.epochs).toHaveLength(expected.epochs.length);
    expect(probe.stopped).toBe(expected.stop === 'early_stop' ? 'no better' : 'max epochs');
    const loss = Math.max(
      ...expected.epochs.map((epoch, index) => {
        const got = probe.epochs[index]!;
        expect(Math.abs(got.learningRate / epoch.lr - 1)).toBeLessThan(1e-12);
        return Math.max(Math.abs(got.trainLoss / epoch.train_loss - 1), Math.abs(got.validLoss / epoch.valid_loss - 1));
      }),
    );
    const weight = await furthest(probe, shape, name, 'final_f64');
    const segments = await readNpy(file('x_test.npy'));
    const [clips, perClip, dim] = segments.shape as [number, number, number];
    const features = { data: segments.data as Float32Array, rows: clips * perClip, cols: dim };
    const start = Uint32Array.from({ length: clips + 1 }, (_, clip) => clip * perClip);
    const logits = await headLogits(shape, probe.parameters, features);
    const activation = training.task === 'multi-label' ? 'sigmoid' : 'softmax';
    const { data } = segmentAverage(logits, start, activation);
    const probability = distance(data, (await readNpy(file(name, 'test_clip_prob_f64.npy'))).data);
    expect(loss).toBeLessThan(10 * golden.loss);
    expect(weight).toBeLessThan(10 * golden.weight);
    expect(probability).toBeLessThan(10 * golden.probability);
  });

  it.each(CASES)('$name: the first two steps and the first epoch', async ({ name }) => {
    const { training, expected, shape } = await load(name);
    const order = await training.epochOrder(1);
    const { batchSize } = training.options;
    for (const [steps, prefix] of [
      [1, 'after_step_1_f64'],
      [2, 'after_step_2_f64'],
      [Infinity, 'after_epoch_1_f64'],
    ] as const) {
      const rows = order.subarray(0, steps * batchSize);
      const probe = await trainProbe({
        ...training,
        epochOrder: () => rows,
        options: { ...training.options, maxEpochs: 1 },
      });
      expect(await furthest(probe, shape, name, prefix)).toBeLessThan(2e-6);
      const meanLoss =
        { 1: expected.loss_step_1, 2: (expected.loss_step_1 + expected.loss_step_2) / 2 }[steps] ??
        expected.epochs[0]!.train_loss;
      expect(Math.abs(probe.epochs[0]!.trainLoss / meanLoss - 1)).toBeLessThan(1e-6);
    }
  });

  it.each(CASES.filter(({ name }) => !name.includes('mlp')))(
    '$name: the gradient of the first batch',
    async ({ name }) => {
      const { training, shape } = await load(name);
      const loss = training.task === 'multi-label' ? 'binary-cross-entropy' : 'cross-entropy';
      const session = await openStepSession(shape, loss, training.train, { init: training.init, weightDecay: 0 });
      const { batchSize } = training.options;
      await session.train((await training.epochOrder(1)).subarray(0, batchSize), batchSize, 1e-3);
      const gradients = session.gradients();
      for (const { name: tensor } of parametersOf(shape)) {
        const golden = (await readNpy(file(name, `grad_step_1_f64.${tensor}.npy`))).data;
        expect(distance(gradients[tensor]!.data, golden)).toBeLessThan(1e-7);
      }
      await session.close();
    },
  );
});

function file(...parts: string[]): string {
  return testDataPath('golden/probe', ...parts);
}

async function load(name: string): Promise<{ training: ProbeTraining; expected: Expected; shape: HeadShape }> {
  const expected = testDataJson<Expected>('golden/probe', name, 'expected.json');
  const { config } = expected;
  const shape = { dim: config.d, classes: config.classes, mlp: config.mlp === 1 };
  const {
    data,
    shape: [, width = 0],
  } = await readNpy(file('perm.npy'));
  const training: ProbeTraining = {
    train: await examples('train', config, config.n_train),
    valid: await examples('valid', config),
    task: config.task === 'multi' ? 'multi-label' : 'single-label',
    options: {
      ...CLMR_PROBE,
      mlp: shape.mlp,
      learningRate: config.lr,
      weightDecay: config.weight_decay,
      batchSize: config.batch_size,
      maxEpochs: config.max_epochs,
      patience: 10,
      plateauPatience: 5,
    },
    init: await head(shape, name, 'init'),
    epochOrder: (epoch) =>
      Uint32Array.from((data as Uint16Array).subarray((epoch - 1) * width, epoch * width)).filter(
        (row) => row < config.n_train,
      ),
  };
  return { training, expected, shape };
}

async function examples(split: string, { task, classes }: Config, rows?: number): Promise<Examples> {
  const all = await readNpyMatrix(file(`x_${split}.npy`));
  const { data } = await readNpy(file(`y_${task}_${split}.npy`));
  const features = takeRows(
    all,
    Array.from({ length: rows ?? all.rows }, (_, row) => row),
  );
  const targets = zeros(features.rows, classes);
  if (task === 'multi') targets.data.set((data as Uint8Array).subarray(0, targets.data.length));
  else for (let row = 0; row < targets.rows; row++) targets.data[row * classes + Number(data[row])] = 1;
  return { features, targets };
}

async function head(shape: HeadShape, name: string, prefix: string): Promise<HeadParameters> {
  const tensors = parametersOf(shape).map(async (parameter) => {
    const { data } = await readNpy(file(name, `${prefix}.${parameter.name}.npy`));
    return [parameter.name, { shape: parameter.shape, data: Float32Array.from(data as Float64Array) }] as const;
  });
  return Object.fromEntries(await Promise.all(tensors));
}

// Of an MLP the golden values hold only the biases of the first steps.
async function furthest({ parameters }: TrainedProbe, shape: HeadShape, name: string, prefix: string): Promise<number> {
  const distances = parametersOf(shape).map(async (parameter) => {
    const path = file(name, `${prefix}.${parameter.name}.npy`);
    if (!existsSync(path)) {
      expect(parameter.name).toMatch(/weight$/);
      return 0;
    }
    return distance(parameters[parameter.name]!.data, (await readNpy(path)).data);
  });
  return Math.max(...(await Promise.all(distances)));
}

function distance(got: ArrayLike<number>, golden: ArrayLike<number | bigint>): number {
  expect(got.length).toBe(golden.length);
  let greatest = 0;
  for (let i = 0; i < got.length; i++) greatest = Math.max(greatest, Math.abs(got[i]! - Number(golden[i])));
  return greatest;
}
