import { ConfigError, DataError, type Random, seededRandom, type Task } from '@refrain/core';
import { type Examples, hasRankedClass, openValidSession, type ValidFigures } from './forwardPass.ts';
import { type HeadParameters, type HeadShape, parametersOf } from './head.ts';
import { type ModelSessions, ownSessions } from './modelSessions.ts';
import type { ProbeOptions } from './options.ts';
import { earlyStopping, reduceOnPlateau } from './schedule.ts';
import { openStepSession } from './stepSession.ts';

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
  /** Says which units dropout leaves out: needed where `options.dropout` is above 0. */
  readonly dropoutSeed?: number | string;
  /** Ends training with its reason when aborted. */
  readonly signal?: AbortSignal;
}

/** One pass over the train rows. */
export interface ProbeEpoch extends ValidFigures {
  readonly learningRate: number;
  /** Mean over the rows, each measured before the step of its batch, with dropout. */
  readonly trainLoss: number;
}

/** A head after its last epoch or its best one, as `keep` says. */
export interface TrainedProbe {
  readonly parameters: HeadParameters;
  /** All epochs, those after the best one too. */
  readonly epochs: readonly ProbeEpoch[];
  /** The epoch that left these parameters: 1, 2, … */
  readonly keptEpoch: number;
  readonly stopped: 'max epochs' | 'no better' | 'not finite';
}

/**
 * The head that CLMR's linear evaluation (Spijkervet & Burgoyne 2021) would train: Adam, a learning rate that falls on plateaus of the
 * valid loss, early stopping, and the last weights, not the best ones; or another one, as the options say. In float32 on the CPU; the
 * same numbers at every run on one machine.
 *
 * Throws a DataError when the sizes of the data do not fit, there are no rows, an order names a row that is not there, or no class has
 * the ROC-AUC that is watched; and a ConfigError when `dropoutSeed` is missing.
 */
export function trainProbe(training: ProbeTraining): Promise<TrainedProbe> {
  return trainWith(ownSessions, training);
}

/** The same, with sessions that others may have used before. */
export async function trainWith(sessions: ModelSessions, training: ProbeTraining): Promise<TrainedProbe> {
  const { train, valid, task, options, init, epochOrder, signal } = training;
  const shape = shapeOf(training);
  checkTraining(training);
  const loss = task === 'multi-label' ? 'binary-cross-entropy' : 'cross-entropy';
  const { weightDecay, dropout, batchSize, watch } = options;
  const steps = await openStepSession(shape, loss, train, { init, weightDecay, dropout, signal }, sessions);
  const measured = await openValidSession(shape, loss, valid, watch, sessions);
  const epochs: ProbeEpoch[] = [];
  try {
    let kept = { epoch: 0, parameters: init };
    let now = standing(epochs, options);
    while (now.stop === undefined) {
      signal?.throwIfAborted();
      const epoch = epochs.length + 1;
      const { learningRate } = now;
      const order = checkedOrder(await epochOrder(epoch), train.features.rows);
      const trainLoss = await steps.train(order, batchSize, learningRate, dropoutRandom(training, epoch));
      const parameters = steps.parameters();
      epochs.push({ learningRate, trainLoss, ...(await measured.measure(parameters)) });
      now = standing(epochs, options);
      if (options.keep !== 'best' || now.isBest || epoch === 1) kept = { epoch, parameters };
    }
    return { parameters: kept.parameters, epochs, keptEpoch: kept.epoch, stopped: now.stop };
  } finally {
    await Promise.all([steps.close(), measured.close()]);
  }
}

interface Standing {
  /** Of the next epoch. */
  readonly learningRate: number;
  /** Whether the last epoch is the best so far. */
  readonly isBest: boolean;
  readonly stop: TrainedProbe['stopped'] | undefined;
}

/** Where a training stands after these epochs. */
function standing(epochs: readonly ProbeEpoch[], options: ProbeOptions): Standing {
  const { patience, plateauPatience, plateauFactor: factor, maxEpochs, watch } = options;
  const mode = watch === 'metric' ? 'max' : 'min';
  const figures = epochs.map(({ validLoss, validMetric }) => validMetric ?? validLoss);
  const { learningRate } = reduceOnPlateau(figures, options.learningRate, plateauPatience, { factor, mode });
  const { badEpochs, stop } = earlyStopping(figures, patience, mode);
  const atEnd = epochs.length >= maxEpochs ? 'max epochs' : undefined;
  return { learningRate, isBest: badEpochs === 0, stop: stop ?? atEnd };
}

/** What an epoch's dropout draws from, of its own for each epoch. */
function dropoutRandom({ dropoutSeed, options }: ProbeTraining, epoch: number): Random | undefined {
  if (dropoutSeed === undefined || !options.dropout) return undefined;
  return seededRandom(dropoutSeed).fork(String(epoch));
}

/** The order of an epoch on so many train rows. Throws a DataError when it is empty or names a row that is not there. */
export function checkedOrder(order: Uint32Array, rows: number): Uint32Array {
  if (order.length > 0 && order.every((row) => row < rows)) return order;
  throw new DataError('epochOrder', `An epoch's order must name rows from 0 to ${rows - 1}, at least one.`);
}

/** Throws a ConfigError or a DataError, as `trainProbe` does, when a training cannot begin. */
export function checkTraining({ train, valid, task, init, options, dropoutSeed }: Omit<ProbeTraining, 'signal'>): void {
  if (options.dropout && dropoutSeed === undefined) {
    throw new ConfigError('dropoutSeed', `dropout is ${options.dropout}, but there is no dropoutSeed to draw from.`);
  }
  const shape = shapeOf({ train, options });
  checkExamples('train', train, shape);
  checkExamples('valid', valid, shape);
  if (options.watch === 'metric' && task === 'multi-label' && !hasRankedClass(valid.targets)) {
    throw new DataError(
      'valid',
      'No class has both valid examples with it and valid examples without it, so there is no ROC-AUC to watch: watch the loss, or ' +
        'give other valid examples.',
    );
  }
  for (const { name, shape: lengths, size } of parametersOf(shape)) {
    if (init[name]?.data.length === size) continue;
    throw new DataError(
      name,
      `The initial ${name} has ${init[name]?.data.length ?? 'no'} numbers, expected ${lengths.join(' × ')}.`,
    );
  }
}

function shapeOf({ train, options: { mlp, hidden } }: Pick<ProbeTraining, 'train' | 'options'>): HeadShape {
  return { dim: train.features.cols, classes: train.targets.cols, mlp, ...(hidden !== undefined && { hidden }) };
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
