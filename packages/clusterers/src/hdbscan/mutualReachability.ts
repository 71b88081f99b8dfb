import { batches, type CandidateLists, takeLightest, takeOpen, type Weighing } from './candidateLists.ts';
import type { CoreDistances } from './coreDistances.ts';
import type { MetricSpace } from './metricSpace.ts';
import { unwatched, type Watch } from './watch.ts';

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
export function toMutualReachability({ lists, within }: CoreDistances, { alpha, weigh }: MutualReachability): void {
  const { size, indices, weights, atLeast, bounds } = lists;
  for (let i = 0; i < bounds.length; i++) {
    bounds[i] = weigh(i, i, bounds[i]!);
    for (let place = 0; place < size; place++) {
      const at = i * size + place;
      const j = indices[at]!;
      if (j < 0) break;
      // A distance that is open, but no more than the core distance of i, decides nothing.
      if (Number.isNaN(weights[at]) && place < within[i]! && alpha >= 1) weights[at] = weigh(i, j, 0);
      else weights[at] = weigh(i, j, weights[at]!);
      atLeast[at] = Number.isNaN(weights[at]) ? weigh(i, j, atLeast[at]!) : weights[at]!;
    }
  }
}

/** The weight of the list's entry number `at` of point `i`, measured now if it is still open. */
export function settledWeight(
  space: MetricSpace,
  { weigh }: MutualReachability,
  { indices, weights, atLeast }: CandidateLists,
  i: number,
  at: number,
): number {
  if (!Number.isNaN(weights[at])) return weights[at]!;
  const weight = weigh(i, indices[at]!, space.distance(i, indices[at]!));
  weights[at] = weight;
  atLeast[at] = weight;
  return weight;
}

/** Replaces the lists of `rows` by the points of least mutual reachability in other components, among k that the kernel proposes. */
export async function searchOutside(
  space: MetricSpace,
  { core, alpha, weigh }: MutualReachability,
  lists: CandidateLists,
  rows: Uint32Array,
  component: Int32Array,
  k: number,
  watch: Watch = unwatched,
): Promise<void> {
  const ceiling = new Float32Array(core.length);
  for (let i = 0; i < core.length; i++) ceiling[i] = space.similarityAt(alpha * core[i]!);
  const weighing: Weighing = {
    weight: (i, j) => weigh(i, j, space.distance(i, j)),
    weightAtLeast: (i, j, similarity) => weigh(i, j, space.distanceAtLeast(similarity)),
    boundAtLeast: (i, similarity) => weigh(i, i, space.distanceAtLeast(similarity)),
  };
  for (const batch of batches(rows, k)) {
    const found = await space.loaded.nearest({ k, rows: batch, component, ceiling, ...watch(batch.length) });
    batch.forEach((i, row) => {
      if (k === lists.size) takeOpen(lists, i, found, row * k, weighing);
      else takeLightest(lists, i, found, row * k, k, weighing);
    });
  }
}
