import { thresholdCounts } from './thresholdCounts.ts';

/**
 * The area under the ROC curve, 0…1: the probability that a positive scores higher than a negative, a tie counting one half
 * (Mann & Whitney 1947; Hanley & McNeil 1982). `truth` is non-zero for positives. NaN without a positive or without a negative.
 * Throws a DataError on scores that are not finite.
 */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const { positives, negatives } = thresholdCounts(truth, scores);
  let ordered = 0;
  let positivesAbove = 0;
  let negativesAbove = 0;
  for (let k = 0; k < positives.length; k++) {
    ordered += negatives[k]! * (positivesAbove + positives[k]! / 2);
    positivesAbove += positives[k]!;
    negativesAbove += negatives[k]!;
  }
  return ordered / (positivesAbove * negativesAbove);
}
