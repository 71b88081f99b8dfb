import { DataError } from '@refrain/core';

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
  return Array.from({ length: scores.cols }, (_, index) =>
    metric(columnOf(truth, scores, index), columnOf(scores.data, scores, index)),
  );
}

/** `metric` over all clips and classes as one long column. `truth` is 0/1 in the layout of `scores`. Throws a DataError when it is not. */
export function microAverage(metric: BinaryMetric, truth: Uint8Array, scores: Scores): number {
  checkLayout(truth, scores);
  return metric(truth, scores.data);
}

export interface MacroAverage {
  /** The mean over the classes where the metric is defined; NaN when there is none. */
  readonly value: number;
  /** How many classes were left out because the metric is undefined there. */
  readonly skipped: number;
}

/** The unweighted mean of a metric's values per class, leaving out those that are NaN. */
export function macroAverage(values: readonly number[]): MacroAverage {
  const defined = values.filter((value) => !Number.isNaN(value));
  const sum = defined.reduce((total, value) => total + value, 0);
  return { value: sum / defined.length, skipped: values.length - defined.length };
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
