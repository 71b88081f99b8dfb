import { median as medianOf } from '@refrain/core';

/**
 * Floating-point operations of half a pass over all pairs of `rows` points: rows²/2 inner products of `cols` multiplications and additions each,
 * so rows² · cols.
 */
export function halfPassOperations(rows: number, cols: number): number {
  return rows * rows * cols;
}

/** Operations of the matrix product (rows × cols)·(cols × others): a multiplication and an addition each. */
export function productOperations(rows: number, others: number, cols: number): number {
  return 2 * rows * others * cols;
}

/**
 * The CPU seconds below which no method can stay that computes every pair by this machine's matrix product: `halfPasses` half passes at a rate of
 * `operationsPerSecond`. HDBSCAN that keeps no similarities needs two: one for the neighbours and one for the spanning tree.
 */
export function floorSeconds(halfPasses: number, rows: number, cols: number, operationsPerSecond: number): number {
  return (halfPasses * halfPassOperations(rows, cols)) / operationsPerSecond;
}

/** The middle of the values, or the mean of the two in the middle. NaN when there is none. */
export function median(values: readonly number[]): number {
  return medianOf(Float64Array.from(values).sort());
}

/** The share of pairs, of all rows·(rows − 1)/2, that make `perPoint` pairs a point; at most 1. */
export function shareOfPairs(rows: number, perPoint: number): number {
  return Math.min(1, (2 * perPoint) / (rows - 1));
}

/** The value that a share of `values` is at least as large as: the floor above which that share of pairs lies. */
export function floorForShare(values: Float64Array, share: number): number {
  const descending = values.slice().sort().reverse();
  const above = Math.min(descending.length, Math.max(1, Math.round(share * descending.length)));
  return descending[above - 1]!;
}
