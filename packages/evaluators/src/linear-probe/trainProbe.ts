import { ConfigError, DataError, type Task } from '@refrain/core';
import { type Examples, openLossSession } from './forwardPass.ts';
import { type HeadParameters, type HeadShape, parametersOf, unpackParameters } from './head.ts';
import { earlyStopping, reduceOnPlateau } from './schedule.ts';
import { openStepSession } from './stepSession.ts';

/** How a head is trained. */
export interface ProbeOptions {
  /** A hidden layer as wide as the input, else one linear layer. */
  readonly mlp: boolean;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly maxEpochs: number;
  /** Training ends after this many epochs in a row without a lower valid loss. */
  readonly patience: number;
  /** The learning rate falls to a tenth after more than this many epochs in a row without a clearly lower valid loss. */
  readonly plateauPatience: number;
}

/** One training of a head. */
export interface ProbeTraining {
  readonly train: Examples;
  readonly valid: Examples;
  /** `multi-label` trains with binary cross-entropy, `single-label` with the cross-entropy of the softmax. */
  readonly task: Exclude<Task, 'unlabelled'>;
  readonly options: ProbeOptions;
  readonly init: HeadParameters;
  /** The order of the train rows in epoch 1, 2, …, or of some of them; batches are cut from it in turn, the last may be smaller. */
  readonly epochOrder: (epoch: number) => Uint32Array | Promise<Uint32Array>;
  /** Ends training with its reason when aborted. */
  readonly signal?: AbortSignal;
}

/** One pass over the train rows. */
export interface ProbeEpoch {
  readonly learningRate: number;
  /** Mean over the rows, each measured before the step of its batch. */
  readonly trainLoss: number;
  /** Mean over the valid rows after the epoch. */
  readonly validLoss: number;
}

/** A head after its last epoch, which need not be its best one. */
export interface TrainedProbe {
  readonly parameters: HeadParameters;
  readonly epochs: readonly ProbeEpoch[];
  readonly stopped: 'max epochs' | 'no better' | 'not finite';
}

/** CLMR's options of its linear evaluation (Spijkervet & Burgoyne 2021), which trains on batches of its `batch_size`, 48. */
export const CLMR_PROBE: ProbeOptions = {
  mlp: false,
  learningRate: 1e-3,
  weightDecay: 1e-6,
  batchSize: 48,
  maxEpochs: 200,
  patience: 10,
  plateauPatience: 5,
};

const LEAST_RATE = 1e-30;

/**
 * The head that CLMR's linear evaluation (Spijkervet & Burgoyne 2021) would train: Adam, a learning rate that falls on plateaus of the
 * valid loss, early stopping, and the last weights, not the best ones. In float32 on the CPU; the same numbers at every run on one
 * machine. Throws a DataError when the sizes of the data do not fit, there are no rows or an order names a row that is not there, and a
 * ConfigError when `batchSize` or `maxEpochs` is not a whole number from 1 or `learningRate` is below 1e-30.
 */
export async function trainProbe(training: ProbeTraining): Promise<TrainedProbe> {
  const { train, valid, task, options, init, epochOrder, signal } = training;
  const shape = shapeOf(training);
  checkTraining(training);
  const loss = task === 'multi-label' ? 'binary-cross-entropy' : 'cross-entropy';
  const steps = await openStepSession(shape, loss, train, { init, weightDecay: options.weightDecay, signal });
  const measure = await openLossSession(shape, loss, valid);
  try {
    const epochs: ProbeEpoch[] = [];
    const validLosses: number[] = [];
    let stopped: TrainedProbe['stopped'] | undefined;
    while (stopped === undefined) {
      signal?.throwIfAborted();
      const { learningRate } = reduceOnPlateau(validLosses, options.learningRate, options.plateauPatience);
      const order = checkedOrder(await epochOrder(epochs.length + 1), train.features.rows);
      const trainLoss = await steps.train(order, options.batchSize, learningRate);
      const validLoss = await measure.meanLoss(steps.state().parameters);
      epochs.push({ learningRate, trainLoss, validLoss });
      validLosses.push(validLoss);
      stopped = earlyStopping(validLosses, options.patience).stop;
      if (epochs.length >= options.maxEpochs) stopped ??= 'max epochs';
    }
    return { parameters: unpackParameters(shape, steps.state().parameters), epochs, stopped };
  } finally {
    await Promise.all([steps.close(), measure.close()]);
  }
}

/** The order of an epoch on so many train rows. Throws a DataError when it is empty or names a row that is not there. */
export function checkedOrder(order: Uint32Array, rows: number): Uint32Array {
  if (order.length > 0 && order.every((row) => row < rows)) return order;
  throw new DataError('epochOrder', `An epoch's order must name rows from 0 to ${rows - 1}, at least one.`);
}

/** Throws a ConfigError or a DataError, as `trainProbe` does, when a training cannot begin. */
export function checkTraining({ train, valid, init, options }: Omit<ProbeTraining, 'signal'>): void {
  const shape = shapeOf({ train, options });
  for (const name of ['batchSize', 'maxEpochs'] as const) {
    if (Number.isInteger(options[name]) && options[name] >= 1) continue;
    throw new ConfigError(name, `${name} is ${options[name]}, expected a whole number from 1.`);
  }
  // Adam's step is divided by it, in float32.
  if (!(options.learningRate >= LEAST_RATE)) {
    throw new ConfigError(
      'learningRate',
      `learningRate is ${options.learningRate}, expected a number from ${LEAST_RATE}.`,
    );
  }
  checkExamples('train', train, shape);
  checkExamples('valid', valid, shape);
  for (const { name, shape: lengths, size } of parametersOf(shape)) {
    if (init[name]?.data.length === size) continue;
    throw new DataError(
      name,
      `The initial ${name} has ${init[name]?.data.length ?? 'no'} numbers, expected ${lengths.join(' × ')}.`,
    );
  }
}

function shapeOf({ train, options }: Pick<ProbeTraining, 'train' | 'options'>): HeadShape {
  return { dim: train.features.cols, classes: train.targets.cols, mlp: options.mlp };
}

function checkExamples(name: string, { features, targets }: Examples, { dim, classes }: HeadShape): void {
  if (features.rows === 0) throw new DataError(name, `The ${name} examples have no rows; a probe needs at least one.`);
  const fits =
    features.cols === dim &&
    targets.cols === classes &&
    features.rows === targets.rows &&
    features.data.length === features.rows * dim &&
    targets.data.length === targets.rows * classes;
  if (fits) return;
  throw new DataError(
    name,
    `The ${name} examples have features of ${features.rows} × ${features.cols} and targets of ${targets.rows} × ${targets.cols}; ` +
      `expected as many rows in both, ${dim} numbers and ${classes} classes.`,
  );
}
