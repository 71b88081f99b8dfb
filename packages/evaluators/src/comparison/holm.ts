import { DataError } from '@refrain/core';

/**
 * Adjusted p-values, in the order given: rejecting those at or below α keeps the probability of even one false rejection at α or below,
 * whatever the dependence between the tests. The k-th smallest of m is multiplied by m − k + 1; none is below one before it, or above 1
 * (Holm, "A simple sequentially rejective multiple test procedure", 1979). Throws a DataError on what is not a probability.
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    const p = pValues[index]!;
    if (!(p >= 0 && p <= 1))
      throw new DataError('p-values', `p-value ${index} is ${p}, expected a number from 0 to 1.`);
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
