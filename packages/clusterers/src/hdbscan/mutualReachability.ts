import { batches, type CandidateLists, takeCandidates } from './candidateLists.ts';
import type { MetricSpace } from './metricSpace.ts';

/** Mutual reachability, max(core_i, core_j, distance_ij / alpha) (Campello et al. 2013, definition 3). */
export interface MutualReachability {
  readonly core: Float64Array;
  readonly alpha: number;
  /** The mutual reachability of points i and j that lie at `distance`. */
  weigh(i: number, j: number, distance: number): number;
}

/** Mutual reachability under these core distances. Alpha divides distances only, not core distances. */
export function mutualReachability(core: Float64Array, alpha: number): MutualReachability {
  return { core, alpha, weigh: (i, j, distance) => Math.max(core[i]!, core[j]!, distance / alpha) };
}

/** Turns lists weighed by distance into lists weighed by mutual reachability; their order may get lost. */
export function toMutualReachability(
  { size, indices, weights, bounds }: CandidateLists,
  { weigh }: MutualReachability,
): void {
  for (let i = 0; i < bounds.length; i++) {
    bounds[i] = weigh(i, i, bounds[i]!);
    for (let at = i * size; at < (i + 1) * size && indices[at]! >= 0; at++) {
      weights[at] = weigh(i, indices[at]!, weights[at]!);
    }
  }
}

/** Replaces the lists of `rows` by the points of least mutual reachability in other components, among k that the kernel proposes. */
export async function searchOutside(
  space: MetricSpace,
  { core, alpha, weigh }: MutualReachability,
  lists: CandidateLists,
  rows: Uint32Array,
  component: Int32Array,
  k: number,
  signal?: AbortSignal,
): Promise<void> {
  const ceiling = Float32Array.from(core, (distance) => space.similarityAt(alpha * distance));
  for (const batch of batches(rows, k)) {
    const found = await space.loaded.nearest({ k, rows: batch, component, ceiling, ...(signal && { signal }) });
    batch.forEach((i, row) => {
      takeCandidates(lists, i, found, row * k, k, {
        weight: (a, b) => weigh(a, b, space.distance(a, b)),
        weightAtLeast: (similarity) => Math.max(core[i]!, space.distanceAtLeast(similarity) / alpha),
      });
    });
  }
}
