import { type LoadedPoints, onGrid, SIMILARITY_GRID } from '@refrain/core';
import { type Clips, similarityOf } from './clips.ts';

/** Pairs of clips i < j of one cluster, ordered by i, then j; each clip stands for its copies too. */
export interface SimilarPairs {
  readonly i: Uint32Array;
  readonly j: Uint32Array;
  /** On the grid. */
  readonly similarity: Float64Array;
}

/** θ of each clip at `kappa`, on the grid. */
export function thresholdsAt(kappa: number, base: Float64Array): Float64Array {
  return base.map((value) => (value === Infinity ? Infinity : onGrid(kappa * value)));
}

/** θ of a pair: the higher of its clips' thresholds. */
export function pairThreshold(thresholds: Float64Array, i: number, j: number): number {
  return Math.max(thresholds[i]!, thresholds[j]!);
}

/**
 * The pairs of representatives inside clusters with a similarity of at least θ of the pair, from thresholds per clip (on the grid;
 * +Infinity leaves a clip out). The kernel's float32 similarities only propose: float64 on the grid decides.
 */
export async function findSimilarPairs(
  clips: Clips,
  points: LoadedPoints,
  thresholds: Float64Array,
  signal: AbortSignal,
): Promise<SimilarPairs> {
  // A whole grid step, not half of one, so that rounding the floor to float32 loses no pair.
  const slack = points.tolerance + SIMILARITY_GRID;
  const floor = Float32Array.from(thresholds, (threshold, clip) =>
    clips.representative[clip] === clip ? threshold - slack : Infinity,
  );
  const { i, j } = await points.pairsAbove({ floor, groups: clips.clusterOf, signal });
  const similarity = Float64Array.from(i, (clip, pair) => similarityOf(clips.input.embeddings, clip, j[pair]!));
  return pairsReaching({ i, j, similarity }, thresholds);
}

/** Those of `pairs` that reach θ. */
export function pairsReaching({ i, j, similarity }: SimilarPairs, thresholds: Float64Array): SimilarPairs {
  const reaches = (_: number, pair: number) => similarity[pair]! >= pairThreshold(thresholds, i[pair]!, j[pair]!);
  return { i: i.filter(reaches), j: j.filter(reaches), similarity: similarity.filter(reaches) };
}
