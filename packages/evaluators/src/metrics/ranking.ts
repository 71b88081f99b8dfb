import { DataError } from '@refrain/core';

/**
 * One class's test clips by descending score, as far as the ranking metrics need it. For each of the `thresholds` distinct scores of positive
 * clips, highest first, `clips` lists three stretches: negatives above it (and below the threshold before), negatives that tie with it, its
 * positives. `ends[3k … 3k + 2]` are their ends. Negatives below every positive are left out: they only count in the total.
 */
export interface RankedClass {
  readonly clips: Uint32Array;
  readonly ends: Uint32Array;
  readonly thresholds: number;
}

/** Average precision and area under the ROC curve of one class, 0…1; both NaN unless the class has positives and negatives. */
export interface ClassRanking {
  readonly averagePrecision: number;
  readonly rocAuc: number;
}

/**
 * The average precision, 0…1, which music tagging reports as PR-AUC: Σ (Rₖ − Rₖ₋₁)·Pₖ over the distinct thresholds in descending order,
 * ties sharing a threshold, without interpolation (scikit-learn's `average_precision_score`). `truth` is non-zero for positives.
 * NaN without a positive, and without a negative too: there is nothing to rank. Throws a DataError on scores that are not finite.
 */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  return rankingOf(truth, scores).averagePrecision;
}

/**
 * The area under the ROC curve, 0…1: the probability that a positive scores higher than a negative, a tie counting one half
 * (Mann & Whitney 1947; Hanley & McNeil 1982). `truth` is non-zero for positives. NaN without a positive or without a negative.
 * Throws a DataError on scores that are not finite.
 */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  return rankingOf(truth, scores).rocAuc;
}

function rankingOf(truth: ArrayLike<number>, scores: ArrayLike<number>): ClassRanking {
  return rankWeighted(rankClass(truth, scores), new Uint8Array(scores.length).fill(1), scores.length);
}

/** Sorts one class. `truth` is non-zero for positives; throws a DataError on unequal lengths and on scores that are not finite. */
export function rankClass(truth: ArrayLike<number>, scores: ArrayLike<number>): RankedClass {
  if (truth.length !== scores.length) {
    throw new DataError('scores', `Expected one score for each of ${truth.length} labels, got ${scores.length}.`);
  }
  const thresholds = positiveThresholds(truth, scores);
  const stretchOfClip = new Uint32Array(scores.length);
  const ends = new Uint32Array(3 * thresholds.length);
  for (let clip = 0; clip < scores.length; clip++) {
    const stretch = stretchOf(thresholds, scores[clip]!, truth[clip] !== 0);
    stretchOfClip[clip] = stretch;
    if (stretch < ends.length) ends[stretch]!++;
  }
  let start = 0;
  for (let stretch = 0; stretch < ends.length; stretch++) {
    start += ends[stretch]!;
    ends[stretch] = start - ends[stretch]!;
  }
  const clips = new Uint32Array(start);
  for (let clip = 0; clip < scores.length; clip++) {
    const stretch = stretchOfClip[clip]!;
    if (stretch < ends.length) clips[ends[stretch]!++] = clip;
  }
  return { clips, ends, thresholds: thresholds.length };
}

/**
 * The ranking metrics of one class where clip i counts `weights[i]` times: those of rows repeated that often. `total` is the sum of all weights.
 */
export function rankWeighted(
  { clips, ends, thresholds }: RankedClass,
  weights: Uint8Array | Uint16Array,
  total: number,
): ClassRanking {
  let positives = 0;
  let negatives = 0;
  let precisions = 0;
  let misordered = 0;
  for (let k = 0, i = 0; k < thresholds; k++) {
    for (const end = ends[3 * k]!; i < end; i++) negatives += weights[clips[i]!]!;
    let tied = 0;
    for (const end = ends[3 * k + 1]!; i < end; i++) tied += weights[clips[i]!]!;
    let found = 0;
    for (const end = ends[3 * k + 2]!; i < end; i++) found += weights[clips[i]!]!;
    misordered += found * (negatives + tied / 2);
    negatives += tied;
    positives += found;
    // A threshold that no drawn clip reaches first would be 0 / 0.
    if (found > 0) precisions += found * (positives / (positives + negatives));
  }
  const pairs = positives * (total - positives);
  if (pairs === 0) return { averagePrecision: Number.NaN, rocAuc: Number.NaN };
  return { averagePrecision: precisions / positives, rocAuc: (pairs - misordered) / pairs };
}

// Ascending, because that is how typed arrays sort and how the search below wants them.
function positiveThresholds(truth: ArrayLike<number>, scores: ArrayLike<number>): Float64Array {
  const sorted: number[] = [];
  for (let clip = 0; clip < scores.length; clip++) {
    if (!Number.isFinite(scores[clip])) {
      throw new DataError('scores', `The score of test clip ${clip} is ${scores[clip]}, expected a finite number.`);
    }
    if (truth[clip] !== 0) sorted.push(scores[clip]!);
  }
  return Float64Array.from(sorted)
    .sort()
    .filter((score, i, all) => i === 0 || score !== all[i - 1]);
}

// The stretch that a clip belongs to; one past the last for negatives below every positive.
function stretchOf(thresholds: Float64Array, score: number, positive: boolean): number {
  let below = 0;
  let end = thresholds.length;
  while (below < end) {
    const middle = (below + end) >>> 1;
    if (thresholds[middle]! < score) below = middle + 1;
    else end = middle;
  }
  const tied = thresholds[below] === score;
  const rank = thresholds.length - below - (tied ? 1 : 0);
  if (positive) return 3 * rank + 2;
  return 3 * rank + (tied ? 1 : 0);
}
