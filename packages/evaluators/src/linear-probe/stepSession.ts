import { type Matrix, rowOf } from '@refrain/core';
import { onnxruntime, openSession, type Tensor } from '@refrain/onnx';
import type { Examples } from './forwardPass.ts';
import { adamScalars, type Loss, stepModel } from './graphs.ts';
import { type HeadParameters, type HeadShape, packParameters } from './head.ts';

/** Where a training starts and how it weighs. */
export interface StepOptions {
  readonly init: HeadParameters;
  /** Times each number of the head, added to its gradient. */
  readonly weightDecay: number;
}

/** A head in training: all of its numbers and Adam's moments of their gradients, in the order of `parametersOf`. */
interface TrainingState {
  readonly parameters: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** Trains a head step by step. */
export interface StepSession {
  /** Takes one step of Adam on the examples of these rows and returns their mean loss before it. */
  step(rows: Uint32Array, learningRate: number): Promise<number>;
  /** The state after the last step, as views that later steps write over. */
  state(): TrainingState;
  close(): Promise<void>;
}

type StateTensors = Readonly<Record<keyof TrainingState, Tensor>>;

/** A session that trains on `examples` from `init` with moments of zero. */
export async function openStepSession(
  shape: HeadShape,
  loss: Loss,
  examples: Examples,
  { init, weightDecay }: StepOptions,
): Promise<StepSession> {
  const { Tensor } = await onnxruntime();
  const session = await openSession(stepModel(shape, loss));
  const batchOf = await batches(examples);
  const scalar = (value: number) => new Tensor('float32', Float32Array.of(value), [1]);
  const decay = scalar(weightDecay);
  const batchLoss = new Tensor('float32', new Float32Array(1), []);
  // Two states that take turns: a graph must not write to what it still reads.
  let current = await stateTensors(packParameters(shape, init));
  let next = await stateTensors(packParameters(shape, init));
  let steps = 0;
  return {
    async step(rows, learningRate) {
      const { stepSize, squareCorrection } = adamScalars(++steps, learningRate);
      await session.run(
        {
          ...batchOf(rows),
          ...current,
          stepSize: scalar(stepSize),
          squareCorrection: scalar(squareCorrection),
          weightDecay: decay,
        },
        { newParameters: next.parameters, newMean: next.mean, newSquare: next.square, loss: batchLoss },
      );
      [current, next] = [next, current];
      return (batchLoss.data as Float32Array)[0]!;
    },
    state: () => ({
      parameters: current.parameters.data as Float32Array,
      mean: current.mean.data as Float32Array,
      square: current.square.data as Float32Array,
    }),
    close: () => session.close(),
  };
}

async function stateTensors(vector: Float32Array): Promise<StateTensors> {
  const { Tensor } = await onnxruntime();
  const tensor = (data: Float32Array) => new Tensor('float32', data, [data.length]);
  return {
    parameters: tensor(vector),
    mean: tensor(new Float32Array(vector.length)),
    square: tensor(new Float32Array(vector.length)),
  };
}

// One pair of tensors for each batch size: there are two, that of a full batch and that of an epoch's last one.
async function batches({ features, targets }: Examples): Promise<(rows: Uint32Array) => Record<string, Tensor>> {
  const { Tensor } = await onnxruntime();
  const made = new Map<number, { readonly features: Tensor; readonly targets: Tensor }>();
  const empty = (rows: number, cols: number) => new Tensor('float32', new Float32Array(rows * cols), [rows, cols]);
  return (rows) => {
    const batch = made.get(rows.length) ?? {
      features: empty(rows.length, features.cols),
      targets: empty(rows.length, targets.cols),
    };
    made.set(rows.length, batch);
    gather(features, rows, batch.features.data as Float32Array);
    gather(targets, rows, batch.targets.data as Float32Array);
    return batch;
  };
}

function gather(matrix: Matrix, rows: Uint32Array, into: Float32Array): void {
  for (let i = 0; i < rows.length; i++) into.set(rowOf(matrix, rows[i]!), i * matrix.cols);
}
