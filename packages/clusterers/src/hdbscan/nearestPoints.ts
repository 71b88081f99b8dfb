import type { MetricSpace } from './metricSpace.ts';

// Lists asked of the kernel at once hold at most this many entries, 32 MiB.
const ENTRIES_AT_ONCE = 2 ** 22;

/** `rows` in runs whose neighbour lists of length k fit in a fixed amount of memory. */
export function* batches(rows: Uint32Array, k: number): Generator<Uint32Array> {
  const step = Math.max(1, Math.floor(ENTRIES_AT_ONCE / k));
  for (let start = 0; start < rows.length; start += step) yield rows.subarray(start, start + step);
}

/** Nearest points of some rows, nearest first, ties by index; row-major rows × size. */
export interface NearestPoints {
  readonly size: number;
  /** −1 where there are fewer points. */
  readonly indices: Int32Array;
  /** Exact in float64; Infinity where there are fewer points. */
  readonly distances: Float64Array;
}

/** Which lists of neighbours are asked for. */
export interface NearestPointsQuery {
  readonly size: number;
  /** Which place in the lists, counted from 1, must surely hold the right distance; at most `size`. */
  readonly exact: number;
  /** As in a kernel's query: points of the row's own component are no neighbours of it. */
  readonly component: Int32Array;
  readonly signal: AbortSignal;
}

/**
 * The nearest points of `rows`: the kernel proposes `size` by float32, and their distances are computed again. Where points not proposed could be
 * nearer than the one at the place that must be exact, twice as many are asked for, until none can.
 */
export async function nearestPoints(
  space: MetricSpace,
  rows: Uint32Array,
  { size, exact, component, signal }: NearestPointsQuery,
): Promise<NearestPoints> {
  const lists = {
    size,
    indices: new Int32Array(rows.length * size).fill(-1),
    distances: new Float64Array(rows.length * size).fill(Infinity),
  };
  let pending = Uint32Array.from(rows, (_, i) => i);
  // With one more than there are points, the last is known to be missing.
  for (let k = size; pending.length > 0; k = Math.min(2 * k, space.count + 1)) {
    const unsure: number[] = [];
    for (const batch of batches(pending, k)) {
      const asked = batch.map((i) => rows[i]!);
      const found = await space.loaded.nearest({ k, rows: asked, component, signal });
      batch.forEach((i, at) => {
        const proposed = found.indices.subarray(at * k, at * k + k);
        takeNearest(lists, i, proposed, (j) => space.distance(rows[i]!, j));
        const isAll = proposed[k - 1]! < 0;
        const bound = isAll ? Infinity : space.distanceAtLeast(found.similarities[at * k + k - 1]!);
        if (lists.distances[i * size + exact - 1]! > bound) unsure.push(i);
      });
    }
    pending = Uint32Array.from(unsure);
  }
  return lists;
}

/** Replaces the i-th list by the nearest of those proposed. */
function takeNearest(
  { size, indices, distances }: NearestPoints,
  i: number,
  proposed: Int32Array,
  distanceTo: (j: number) => number,
): void {
  const first = i * size;
  const last = first + size - 1;
  indices.fill(-1, first, last + 1);
  distances.fill(Infinity, first, last + 1);
  const isAfter = (at: number, distance: number, j: number) =>
    distances[at]! > distance || (distances[at] === distance && (indices[at]! < 0 || indices[at]! > j));
  for (let place = 0; place < proposed.length && proposed[place]! >= 0; place++) {
    const j = proposed[place]!;
    const distance = distanceTo(j);
    if (!isAfter(last, distance, j)) continue;
    let at = last;
    for (; at > first && isAfter(at - 1, distance, j); at--) {
      distances[at] = distances[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    distances[at] = distance;
    indices[at] = j;
  }
}
