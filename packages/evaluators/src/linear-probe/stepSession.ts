import type { Matrix, Random } from '@refrain/core';
import { onnxruntime, type Tensor } from '@refrain/onnx';
import type { Examples } from './forwardPass.ts';
import type { Loss } from './graphs.ts';
import { type HeadParameters, type HeadShape, layerMatrices, layerParameters, layersOf } from './head.ts';
import { type ModelSessions, ownSessions } from './modelSessions.ts';
import { adamScalars, STATE, stateName, stepsModel } from './stepsGraph.ts';

/** Where a training starts and how it weighs. */
export interface StepOptions {
  readonly init: HeadParameters;
  /** Times each number of the head, added to its gradient. */
  readonly weightDecay: number;
  /** The probability with which a unit of the hidden layer is left out of a row's step, below 1; default 0, and 0 without a hidden layer. */
  readonly dropout?: number | undefined;
  /** Ends `train` with its reason when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Trains a head step by step. What it tells of its numbers are copies of what the last step left. */
export interface StepSession {
  /**
   * Takes a step of Adam on every `batchSize` rows of the order, the last of which may be fewer, and returns the mean loss of the rows,
   * each before the step of its batch. With dropout, `random` says which units are left out: it is drawn from once for every row of the
   * order and unit of the hidden layer, in turn.
   */
  train(order: Uint32Array, batchSize: number, learningRate: number, random?: Random): Promise<number>;
  parameters(): HeadParameters;
  /** The sum of all gradients, each 0.9 times as heavy as the next: Adam's first moment is a tenth of it. */
  gradients(): HeadParameters;
  close(): Promise<void>;
}

/**
 * Batches that one run of the graph trains on: enough that starting it costs little, and few enough that their rows are still in the
 * processor's cache when they are read.
 */
const BATCHES_PER_RUN = 16;

type Tensors = Readonly<Record<string, Tensor>>;

/** A session that trains on `examples` from `init` with moments of zero. */
export async function openStepSession(
  shape: HeadShape,
  loss: Loss,
  examples: Examples,
  { init, weightDecay, dropout = 0, signal }: StepOptions,
  sessions: ModelSessions = ownSessions,
): Promise<StepSession> {
  const { Tensor } = await onnxruntime();
  const how = { weightDecay, masked: dropout > 0 };
  const session = await sessions.open(['steps', shape, loss, how], () => stepsModel(shape, loss, how));
  const { rows: hidden, cols } = layersOf(shape)[0]!;
  const batchesOf = await stagedBatches(examples, loss, cols);
  const masksOf = await stagedMasks(hidden, dropout);
  // Two states that take turns: a graph must not write to what it still reads.
  let current = await stateTensors(shape, init);
  let next = await stateTensors(shape, init);
  let steps = 0;
  /** Trains on batches that all have as many rows and returns the sum of their losses. */
  const run = async (rows: Uint32Array, batchSize: number, learningRate: number, random?: Random) => {
    signal?.throwIfAborted();
    const count = rows.length / batchSize;
    const batchLosses = new Float32Array(count);
    await session.run(
      {
        ...current,
        ...batchesOf(rows, batchSize),
        ...masksOf(count, batchSize, random),
        ...(await scalars(count, steps, learningRate)),
      },
      { ...renamed(next), batchLosses: new Tensor('float32', batchLosses, [count]) },
    );
    [current, next] = [next, current];
    steps += count;
    return batchLosses.reduce((sum, batchLoss) => sum + batchLoss, 0);
  };
  const stateOf = (part: (typeof STATE)[number]) =>
    layerParameters(
      shape,
      layersOf(shape).map((layer) => current[stateName(part, layer)]!.data as Float32Array),
    );
  return {
    async train(order, batchSize, learningRate, random) {
      const whole = order.length - (order.length % batchSize);
      let sum = 0;
      for (let start = 0; start < whole; start += BATCHES_PER_RUN * batchSize) {
        const rows = order.subarray(start, Math.min(whole, start + BATCHES_PER_RUN * batchSize));
        sum += batchSize * (await run(rows, batchSize, learningRate, random));
      }
      const rest = order.subarray(whole);
      if (rest.length > 0) sum += rest.length * (await run(rest, rest.length, learningRate, random));
      return sum / order.length;
    },
    parameters: () => stateOf('parameters'),
    gradients: () => stateOf('gradients'),
    close: () => session.close(),
  };
}

function renamed(state: Tensors): Tensors {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`new ${name}`, tensor]));
}

async function stateTensors(shape: HeadShape, init: HeadParameters): Promise<Tensors> {
  const { Tensor } = await onnxruntime();
  const matrices = layerMatrices(shape, init);
  const named = layersOf(shape).flatMap((layer, index) =>
    STATE.map((part) => {
      const matrix = matrices[index]!;
      const data = part === 'parameters' ? matrix : new Float32Array(matrix.length);
      return [stateName(part, layer), new Tensor('float32', data, [layer.rows, layer.cols])] as const;
    }),
  );
  return Object.fromEntries(named);
}

/** The scalars of steps `done` + 1 to `done` + `count`. */
async function scalars(count: number, done: number, learningRate: number): Promise<Tensors> {
  const { Tensor } = await onnxruntime();
  const each = Array.from({ length: count }, (_, index) => adamScalars(done + index + 1, learningRate));
  const tensor = (name: keyof (typeof each)[number]) =>
    new Tensor(
      'float32',
      Float32Array.from(each, (step) => step[name]),
      [count],
    );
  return { rootFactor: tensor('rootFactor'), rootOffset: tensor('rootOffset') };
}

/**
 * Puts rows of the examples one after another into memory that is used again and again, as `stepsModel` wants them. To gather them in the
 * graph would be a tenth quicker, but onnxruntime-node takes no shared memory, so that every thread would need all examples for itself.
 */
async function stagedBatches({ features, targets }: Examples, loss: Loss, cols: number) {
  const { Tensor } = await onnxruntime();
  const classes = targets.cols;
  let featureRows = new Float32Array();
  let targetRows = new Float32Array();
  return (rows: Uint32Array, batchSize: number): Tensors => {
    if (featureRows.length < rows.length * cols) {
      featureRows = new Float32Array(rows.length * cols);
      for (let at = features.cols; at < featureRows.length; at += cols) featureRows[at] = 1;
      targetRows = new Float32Array(rows.length * classes);
    }
    gather(features, rows, featureRows, cols);
    gather(targets, rows, targetRows, classes);
    const steps = rows.length / batchSize;
    const tensor = (data: Float32Array, width: number) =>
      new Tensor('float32', data.subarray(0, rows.length * width), [steps, batchSize, width]);
    const terms = loss === 'binary-cross-entropy' ? batchSize * classes : batchSize;
    return {
      features: tensor(featureRows, cols),
      targets: tensor(targetRows, classes),
      perTerm: new Tensor('float32', Float32Array.of(1 / terms), []),
    };
  };
}

/**
 * Draws the masks of dropout as `stepsModel` wants them: 0 for a unit that is left out, and 1 / (1 − dropout) for one that stays, so that
 * the layer is on average what it is in a test (Srivastava et al. 2014, but scaled in training as PyTorch does, not in the test).
 */
async function stagedMasks(hidden: number, dropout: number) {
  const { Tensor } = await onnxruntime();
  const kept = 1 / (1 - dropout);
  let masks = new Float32Array();
  return (steps: number, batchSize: number, random: Random | undefined): Tensors => {
    if (dropout === 0) return {};
    if (random === undefined) throw new Error('Dropout needs a generator to draw from.');
    const size = steps * batchSize * hidden;
    if (masks.length < size) masks = new Float32Array(size);
    for (let i = 0; i < size; i++) masks[i] = random.uniform() < dropout ? 0 : kept;
    return { masks: new Tensor('float32', masks.subarray(0, size), [steps, batchSize, hidden]) };
  };
}

/** Up to so many numbers are copied sooner one by one than by a call of `set`. */
const FEW = 100;

function gather({ data, cols }: Matrix, rows: Uint32Array, into: Float32Array, stride: number): void {
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * cols;
    const at = i * stride;
    if (cols > FEW) into.set(data.subarray(start, start + cols), at);
    else for (let k = 0; k < cols; k++) into[at + k] = data[start + k]!;
  }
}
