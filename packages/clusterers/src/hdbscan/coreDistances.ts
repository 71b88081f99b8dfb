import { batches, type CandidateLists, emptyCandidates, takeCandidates } from './candidateLists.ts';
import type { MetricSpace } from './metricSpace.ts';

/** Core distances, and the lists of nearest neighbours they were read from, weighed by distance. */
export interface CoreDistances {
  /** Distance of each point to its minSamples-th nearest neighbour, itself not counted. */
  readonly core: Float64Array;
  readonly lists: CandidateLists;
}

/**
 * The core distance of every point (Campello et al. 2013, definition 2; the point itself does not count, as in the Python `hdbscan` package,
 * while scikit-learn counts it). The kernel proposes `listSize` neighbours in float32, their distances are computed again in float64; where
 * points beyond the list could still be nearer than the minSamples-th, the list is made twice as long until none can.
 * minSamples must be below the number of points, and at most `listSize`.
 */
export async function coreDistances(
  space: MetricSpace,
  minSamples: number,
  listSize: number,
  signal?: AbortSignal,
): Promise<CoreDistances> {
  const { count, loaded } = space;
  const lists = emptyCandidates(count, listSize);
  const core = new Float64Array(count);
  const weighing = { weight: space.distance, weightAtLeast: space.distanceAtLeast };
  let pending = Uint32Array.from({ length: count }, (_, i) => i);
  for (let k = listSize; pending.length > 0; k = Math.min(2 * k, count)) {
    const unsure: number[] = [];
    for (const rows of pending.length === count ? [pending] : batches(pending, k)) {
      const found = await loaded.nearest({
        k,
        ...(rows.length < count && { rows }),
        ...(signal && { signal }),
      });
      rows.forEach((i, row) => {
        takeCandidates(lists, i, found, row * k, k, weighing);
        core[i] = lists.weights[i * listSize + minSamples - 1]!;
        if (core[i]! > lists.bounds[i]!) unsure.push(i);
      });
    }
    pending = Uint32Array.from(unsure);
  }
  return { core, lists };
}
