import { type Matrix, rowOf } from '@refrain/core';

/** A linear head in training, in the order of a row of `weights` per class. */
export interface LoopHead {
  /** classes × dim. */
  readonly weights: Matrix;
  readonly bias: Float32Array;
  /** Adam's moments of the weights, then of the bias. */
  readonly mean: Float32Array;
  readonly square: Float32Array;
  steps: number;
}

/** What is trained on, with 0/1 targets. */
export interface LoopExamples {
  readonly features: Matrix;
  readonly targets: Matrix;
}

/** A head with these weights and Adam's moments of zero. */
export function loopHead(weights: Matrix, bias: Float32Array): LoopHead {
  const size = weights.data.length + bias.length;
  return { weights, bias, mean: new Float32Array(size), square: new Float32Array(size), steps: 0 };
}

/**
 * One epoch of binary cross-entropy and Adam (PyTorch's, weight decay 1e-6) as one writes it in TypeScript: loops over rows, classes and
 * features. Changes `head` and returns the mean loss of the rows, each before its batch's step.
 */
export function loopEpoch(
  head: LoopHead,
  examples: LoopExamples,
  order: Uint32Array,
  batchSize: number,
  learningRate: number,
): number {
  const gradient = new Float32Array(head.mean.length);
  let loss = 0;
  for (let start = 0; start < order.length; start += batchSize) {
    const rows = order.subarray(start, start + batchSize);
    gradient.fill(0);
    for (const row of rows) loss += addGradient(head, examples, row, rows.length, gradient);
    step(head, gradient, learningRate);
  }
  return loss / order.length;
}

/** The mean loss of all examples. */
export function loopLoss({ weights, bias }: LoopHead, { features, targets }: LoopExamples): number {
  let sum = 0;
  for (let row = 0; row < features.rows; row++) {
    for (let c = 0; c < bias.length; c++) {
      sum += lossOf(logitOf(weights, bias, rowOf(features, row), c), rowOf(targets, row)[c]!);
    }
  }
  return sum / targets.data.length;
}

function addGradient(
  { weights, bias }: LoopHead,
  { features, targets }: LoopExamples,
  row: number,
  batchSize: number,
  gradient: Float32Array,
): number {
  const x = rowOf(features, row);
  const y = rowOf(targets, row);
  const classes = bias.length;
  let loss = 0;
  for (let c = 0; c < classes; c++) {
    const logit = logitOf(weights, bias, x, c);
    loss += lossOf(logit, y[c]!) / classes;
    const error = (1 / (1 + Math.exp(-logit)) - y[c]!) / (batchSize * classes);
    for (let k = 0; k < x.length; k++) gradient[c * x.length + k]! += error * x[k]!;
    gradient[classes * x.length + c]! += error;
  }
  return loss;
}

function logitOf(weights: Matrix, bias: Float32Array, x: Float32Array, c: number): number {
  const w = weights.data;
  let logit = bias[c]!;
  for (let k = 0; k < x.length; k++) logit += w[c * x.length + k]! * x[k]!;
  return logit;
}

function lossOf(logit: number, target: number): number {
  return Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
}

function step(head: LoopHead, gradient: Float32Array, learningRate: number): void {
  const { weights, bias, mean, square } = head;
  head.steps++;
  const meanCorrection = 1 - 0.9 ** head.steps;
  const squareCorrection = 1 - 0.999 ** head.steps;
  const update = (values: Float32Array, offset: number) => {
    for (let i = 0; i < values.length; i++) {
      const g = gradient[offset + i]! + 1e-6 * values[i]!;
      const m = 0.9 * mean[offset + i]! + 0.1 * g;
      const v = 0.999 * square[offset + i]! + 0.001 * g * g;
      mean[offset + i] = m;
      square[offset + i] = v;
      values[i]! -= (learningRate * (m / meanCorrection)) / (Math.sqrt(v / squareCorrection) + 1e-8);
    }
  };
  update(weights.data, 0);
  update(bias, weights.data.length);
}
