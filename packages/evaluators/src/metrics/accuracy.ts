import { DataError } from '@refrain/core';
import type { Scores } from './averages.ts';

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
