import { DataError } from '@refrain/core';
import type { Scores } from './averages.ts';

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

function softmax(logits: Scores['data'], into: Float64Array): void {
  let greatest = -Infinity;
  for (let k = 0; k < logits.length; k++) greatest = Math.max(greatest, logits[k]!);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    into[k] = Math.exp(logits[k]! - greatest);
    sum += into[k]!;
  }
  for (let k = 0; k < logits.length; k++) into[k]! /= sum;
}
