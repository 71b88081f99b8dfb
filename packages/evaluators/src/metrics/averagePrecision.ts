import { thresholdCounts } from './thresholdCounts.ts';

/**
 * The average precision, 0…1, which music tagging reports as PR-AUC: Σ (Rₖ − Rₖ₋₁)·Pₖ over the distinct thresholds in descending order,
 * ties sharing a threshold, without interpolation (scikit-learn's `average_precision_score`). `truth` is non-zero for positives.
 * NaN without a positive, and without a negative too: there is nothing to rank. Throws a DataError on scores that are not finite.
 */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const { positives, negatives } = thresholdCounts(truth, scores);
  let sum = 0;
  let truePositives = 0;
  let falsePositives = 0;
  for (let k = 0; k < positives.length; k++) {
    truePositives += positives[k]!;
    falsePositives += negatives[k]!;
    sum += positives[k]! * (truePositives / (truePositives + falsePositives));
  }
  return falsePositives === 0 ? Number.NaN : sum / truePositives;
}
