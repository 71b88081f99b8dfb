import { ConfigError, DataError, type Random, seededRandom, type Task } from '@refrain/core';
import { type Examples, hasRankedClass, openValidSession, type ValidFigures, type Watch } from './forwardPass.ts';
import { type HeadParameters, type HeadShape, packParameters, parametersOf, unpackParameters } from './head.ts';
import { earlyStopping, reduceOnPlateau } from './schedule.ts';
import { openStepSession } from './stepSession.ts';

/** How a head is trained. What may be left out is then as CLMR does it. */
export interface ProbeOptions {
  /** A hidden layer, else one linear layer. */
  readonly mlp: boolean;
  /** Width of the hidden layer, from 1; default: as wide as the input. Only with `mlp`. */
  readonly hidden?: number | undefined;
  /**
   * The probability, 0 or more and below 1, with which a unit of the hidden layer is left out of a row's step, after its ReLU; units that
   * stay count 1 / (1 − dropout) times as much. Nothing is left out on the valid rows or in a test. Default 0; more only with `mlp`.
   */
  readonly dropout?: number | undefined;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly maxEpochs: number;
  /** Training ends after this many epochs in a row without a better watched figure. */
  readonly patience: number;
  /** The learning rate falls after more than this many epochs in a row without a clearly better watched figure. */
  readonly plateauPatience: number;
  /** What the learning rate is multiplied by when it falls, between 0 and 1; default 0.1. */
  readonly plateauFactor?: number | undefined;
  /** The figure of the valid rows that tells when to stop, when the learning rate falls and which epoch is best; default `loss`. */
  readonly watch?: Watch | undefined;
  /** Whose weights the trained head has: those of the last epoch or of the best, the first one on ties; default `last`. */
  readonly keep?: 'last' | 'best' | undefined;
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

/**
 * MARBLE's options of its probe on MagnaTagATune (Yuan et al., "MARBLE: music audio representation benchmark for universal evaluation",
 * NeurIPS 2023; in its public repository `MTT_base_config.yaml`, `ProberForBertUtterCLS` of `probers.py`, and `get_callbacks.py`), for
 * rows that are the mean of a clip: 512 hidden units, ReLU, dropout, and the weights of the epoch with the best valid ROC-AUC, which the
 * learning rate and early stopping watch as well. On GTZAN it watches the accuracy, as here with a single-label task, with a `patience`
 * of 20 and a `plateauPatience` of 6.
 *
 * Differences: MARBLE computes in float16 where that is quicker (`precision: 16`), here all is float32; it names five learning rates
 * to search (1e-2, 5e-3, 1e-3, 5e-4, 1e-4), here is its default alone; it learns weights for a sum over the layers of a transformer,
 * here a clip has one embedding; and of a clip that it cuts into windows it trains on each and averages their logits.
 */
export const MARBLE_PROBE: ProbeOptions = {
  mlp: true,
  hidden: 512,
  dropout: 0.2,
  learningRate: 1e-3,
  weightDecay: 0,
  batchSize: 64,
  maxEpochs: 100,
  patience: 10,
  plateauPatience: 3,
  plateauFactor: 0.5,
  watch: 'metric',
  keep: 'best',
};

const LEAST_RATE = 1e-30;

/**
 * The head that CLMR's linear evaluation (Spijkervet & Burgoyne 2021) would train: Adam, a learning rate that falls on plateaus of the
 * valid loss, early stopping, and the last weights, not the best ones; or another one, as the options say. In float32 on the CPU; the
 * same numbers at every run on one machine.
 *
 * Throws a DataError when the sizes of the data do not fit, there are no rows, an order names a row that is not there, or no class has
 * the ROC-AUC that is watched; and a ConfigError when an option is out of its range, `hidden` or `dropout` has no hidden layer to be
 * about, or `dropoutSeed` is missing.
 */
export async function trainProbe(training: ProbeTraining): Promise<TrainedProbe> {
  const { train, valid, task, options, init, epochOrder, signal } = training;
  const shape = shapeOf(training);
  checkTraining(training);
  const loss = task === 'multi-label' ? 'binary-cross-entropy' : 'cross-entropy';
  const { weightDecay, dropout, batchSize, watch = 'loss' } = options;
  const steps = await openStepSession(shape, loss, train, { init, weightDecay, dropout, signal });
  const measured = await openValidSession(shape, loss, valid, watch);
  const epochs: ProbeEpoch[] = [];
  try {
    let kept = { epoch: 0, vector: packParameters(shape, init) };
    let now = standing(epochs, options);
    while (now.stop === undefined) {
      signal?.throwIfAborted();
      const epoch = epochs.length + 1;
      const { learningRate } = now;
      const order = checkedOrder(await epochOrder(epoch), train.features.rows);
      const trainLoss = await steps.train(order, batchSize, learningRate, dropoutRandom(training, epoch));
      const vector = steps.parameters();
      epochs.push({ learningRate, trainLoss, ...(await measured.measure(vector)) });
      now = standing(epochs, options);
      if (options.keep !== 'best' || now.isBest || epoch === 1) kept = { epoch, vector };
    }
    return { parameters: unpackParameters(shape, kept.vector), epochs, keptEpoch: kept.epoch, stopped: now.stop };
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
  checkOptions(options);
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

function checkOptions(options: ProbeOptions): void {
  const { mlp, hidden, dropout = 0, plateauFactor = 0.1, learningRate } = options;
  const check = (fits: boolean, name: keyof ProbeOptions, expected: string) => {
    if (!fits) throw new ConfigError(name, `${name} is ${options[name]}, expected ${expected}.`);
  };
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  check(isCount(options.batchSize), 'batchSize', 'a whole number from 1');
  check(isCount(options.maxEpochs), 'maxEpochs', 'a whole number from 1');
  // Adam's step is divided by it, in float32.
  check(learningRate >= LEAST_RATE, 'learningRate', `a number from ${LEAST_RATE}`);
  check(hidden === undefined || isCount(hidden), 'hidden', 'a whole number from 1');
  check(dropout >= 0 && dropout < 1, 'dropout', 'a number from 0 and below 1');
  check(plateauFactor > 0 && plateauFactor < 1, 'plateauFactor', 'a number between 0 and 1');
  check(mlp || hidden === undefined, 'hidden', 'none without a hidden layer: set mlp');
  check(mlp || dropout === 0, 'dropout', '0 without a hidden layer: set mlp');
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
