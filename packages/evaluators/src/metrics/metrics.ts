import { DataError, softmax } from '@refrain/core';

/** Scores or probabilities, row-major `clips × classes`. */
export interface Scores {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** A metric of one column: 0/1 truths and scores of the same length to a number, NaN where it is undefined. */
export type BinaryMetric = (truth: ArrayLike<number>, scores: ArrayLike<number>) => number;

/** `metric` of each class; NaN where it is undefined. `truth` is 0/1 in the layout of `scores`. Throws a DataError when it is not. */
export function perClass(metric: BinaryMetric, truth: Uint8Array, scores: Scores): number[] {
  checkLayout(truth, scores);
  return columnsOf(truth, scores, metric);
}

/** What `find` finds in the 0/1 truths and the scores of each class. */
export function columnsOf<T>(
  truth: Uint8Array,
  scores: Scores,
  find: (truth: Float64Array, scores: Float64Array) => T,
): T[] {
  return Array.from({ length: scores.cols }, (_, index) =>
    find(columnOf(truth, scores, index), columnOf(scores.data, scores, index)),
  );
}

/** `metric` over all clips and classes as one long column. `truth` is 0/1 in the layout of `scores`. Throws a DataError when it is not. */
export function microAverage(metric: BinaryMetric, truth: Uint8Array, scores: Scores): number {
  checkLayout(truth, scores);
  return metric(truth, scores.data);
}

/** A mean over classes. */
export interface MacroAverage {
  /** The mean over the classes where the metric is defined; NaN when there is none. */
  readonly value: number;
  /** How many classes were left out because the metric is undefined there. */
  readonly skipped: number;
}

/** The unweighted mean of a metric's values per class, leaving out those that are NaN. */
export function macroAverage(values: readonly number[]): MacroAverage {
  let sum = 0;
  let defined = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    defined++;
  }
  return { value: sum / defined, skipped: values.length - defined };
}

function columnOf(data: ArrayLike<number>, { rows, cols }: Scores, column: number): Float64Array {
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = data[row * cols + column]!;
  return values;
}

function checkLayout(truth: Uint8Array, { data, rows, cols }: Scores): void {
  if (truth.length === rows * cols && data.length === rows * cols) return;
  throw new DataError(
    'scores',
    `Expected ${rows} × ${cols} labels and scores, got ${truth.length} labels and ${data.length} scores.`,
  );
}

/** The share of predictions that equal the truth, 0…1; NaN for none. Throws a DataError on unequal lengths. */
export function accuracy(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkLengths(truth, predicted);
  let right = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predicted[i]) right++;
  return right / truth.length;
}

/** Per class the share of its clips that were predicted as such, 0…1; NaN for a class without clips. Throws a DataError on unequal lengths. */
export function recalls(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[] {
  checkLengths(truth, predicted);
  const right = new Uint32Array(classes);
  const all = new Uint32Array(classes);
  for (let i = 0; i < truth.length; i++) {
    all[truth[i]!]!++;
    if (truth[i] === predicted[i]) right[truth[i]!]!++;
  }
  return Array.from(all, (count, index) => right[index]! / count);
}

/** The column of the greatest score in each row, the first one on ties. */
export function likeliestClasses({ data, rows, cols }: Scores): Uint32Array {
  const likeliest = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let col = 1; col < cols; col++) {
      if (data[row * cols + col]! > data[row * cols + likeliest[row]!]!) likeliest[row] = col;
    }
  }
  return likeliest;
}

function checkLengths(truth: ArrayLike<number>, predicted: ArrayLike<number>): void {
  if (truth.length === predicted.length) return;
  throw new DataError(
    'predictions',
    `Expected one prediction for each of ${truth.length} labels, got ${predicted.length}.`,
  );
}

/** From logits to probabilities: `sigmoid` for each class alone (multi-label), `softmax` over the classes (single-label). */
export type Activation = 'sigmoid' | 'softmax';

/**
 * The probabilities of each clip, `clips × classes`: the mean of its segments' probabilities, not the probability of their mean logits.
 * Clip i has the rows segmentStart[i] … segmentStart[i+1] − 1 of `logits`; a clip without segments has probabilities of NaN.
 * Any finite logit is safe from overflow. Throws a DataError when `segmentStart` does not end where the rows end.
 */
export function segmentAverage(logits: Scores, segmentStart: ArrayLike<number>, activation: Activation): Scores {
  const { rows, cols } = logits;
  const clips = segmentStart.length - 1;
  if (segmentStart[clips] !== rows) {
    throw new DataError('logits', `Expected the logits of ${segmentStart[clips]} segments, got ${rows}.`);
  }
  const activate = activation === 'sigmoid' ? sigmoid : softmax;
  const means = new Float64Array(clips * cols);
  const probabilities = new Float64Array(cols);
  for (let clip = 0; clip < clips; clip++) {
    const start = segmentStart[clip]!;
    const end = segmentStart[clip + 1]!;
    for (let row = start; row < end; row++) {
      activate(logits.data.subarray(row * cols, (row + 1) * cols), probabilities);
      for (let k = 0; k < cols; k++) means[clip * cols + k]! += probabilities[k]!;
    }
    for (let k = 0; k < cols; k++) means[clip * cols + k]! /= end - start;
  }
  return { data: means, rows: clips, cols };
}

// Only exponentials of numbers ≤ 0, which can't overflow.
function sigmoid(logits: Scores['data'], into: Float64Array): void {
  for (let k = 0; k < logits.length; k++) {
    const small = Math.exp(-Math.abs(logits[k]!));
    into[k] = (logits[k]! < 0 ? small : 1) / (1 + small);
  }
}
