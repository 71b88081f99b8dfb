import { type LoadedPoints, onGrid, SIMILARITY_GRID } from '@refrain/core';
import { type SimilarPairs, similarityOf } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';

/**
 * The values from `from` down to 0 by which a search lowers κ, 2 % of `from` apart: the pairs to hold grow steeply as κ falls, so a search must
 * not overshoot far.
 */
export function fallingKappas(from: number): number[] {
  return Array.from({ length: 50 }, (_, step) => from * (1 - (step + 1) / 50));
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
  const similarity = new Float64Array(i.length);
  for (let pair = 0; pair < i.length; pair++) {
    similarity[pair] = similarityOf(clips.input.embeddings, i[pair]!, j[pair]!);
  }
  return pairsReaching({ i, j, similarity }, thresholds);
}

/** Those of `pairs` that reach θ. */
export function pairsReaching({ i, j, similarity }: SimilarPairs, thresholds: Float64Array): SimilarPairs {
  const reaching = new Uint32Array(i.length);
  let count = 0;
  for (let pair = 0; pair < i.length; pair++) {
    if (similarity[pair]! >= pairThreshold(thresholds, i[pair]!, j[pair]!)) reaching[count++] = pair;
  }
  const chosen = { i: new Uint32Array(count), j: new Uint32Array(count), similarity: new Float64Array(count) };
  for (let place = 0; place < count; place++) {
    const pair = reaching[place]!;
    chosen.i[place] = i[pair]!;
    chosen.j[place] = j[pair]!;
    chosen.similarity[place] = similarity[pair]!;
  }
  return chosen;
}
