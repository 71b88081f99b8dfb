import { DataError } from '@refrain/core';

/** How many positives and negatives have each distinct score, from the highest score to the lowest. */
export interface ThresholdCounts {
  readonly positives: Uint32Array;
  readonly negatives: Uint32Array;
}

/**
 * The counts behind every ranking metric. `truth` is non-zero for positives. Scores are compared as given: neighbouring doubles are
 * different thresholds, equal ones share a threshold. Throws a DataError on scores that are not finite and on unequal lengths.
 */
export function thresholdCounts(truth: ArrayLike<number>, scores: ArrayLike<number>): ThresholdCounts {
  const [positiveScores, negativeScores] = splitByTruth(truth, scores);
  const positives = new Uint32Array(truth.length);
  const negatives = new Uint32Array(truth.length);
  let thresholds = 0;
  for (let i = positiveScores.length - 1, j = negativeScores.length - 1; i >= 0 || j >= 0; thresholds++) {
    const threshold = Math.max(positiveScores[i] ?? -Infinity, negativeScores[j] ?? -Infinity);
    for (; i >= 0 && positiveScores[i] === threshold; i--) positives[thresholds]!++;
    for (; j >= 0 && negativeScores[j] === threshold; j--) negatives[thresholds]!++;
  }
  return { positives: positives.subarray(0, thresholds), negatives: negatives.subarray(0, thresholds) };
}

// Two ascending typed arrays: they sort without a comparison function, many times quicker than sorting indices by score.
function splitByTruth(truth: ArrayLike<number>, scores: ArrayLike<number>): [Float64Array, Float64Array] {
  if (truth.length !== scores.length) {
    throw new DataError('scores', `Expected one score for each of ${truth.length} labels, got ${scores.length}.`);
  }
  const positives = new Float64Array(truth.length);
  const negatives = new Float64Array(truth.length);
  let positiveCount = 0;
  for (let i = 0; i < truth.length; i++) {
    const score = scores[i]!;
    if (!Number.isFinite(score)) throw new DataError('scores', `Score ${i} is ${score}, expected a finite number.`);
    if (truth[i] !== 0) positives[positiveCount++] = score;
    else negatives[i - positiveCount] = score;
  }
  return [positives.subarray(0, positiveCount).sort(), negatives.subarray(0, truth.length - positiveCount).sort()];
}
