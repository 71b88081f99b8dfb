import type { Neighbours } from '@refrain/core';
import type { MetricSpace } from './metricSpace.ts';

/**
 * For each point a list of the points that matter to it, and how light those outside the list can be. Exact weights cost a walk over two rows
 * of the points, so most are left open until it shows that they decide something.
 */
export interface CandidateLists {
  /** Places in each list. */
  readonly size: number;
  /** Point index, row-major points × size; −1 where a list is shorter. */
  readonly indices: Int32Array;
  /** Weight of the pair (a distance), exact in float64; NaN where it is still open, Infinity where a list is shorter. */
  readonly weights: Float64Array;
  /** What the pair weighs at least: its weight, where that is known. */
  readonly atLeast: Float64Array;
  /** No pair of the point with one outside its list weighs less than this; Infinity when there is none outside. */
  readonly bounds: Float64Array;
}

/** Empty lists for `count` points. */
export function emptyCandidates(count: number, size: number): CandidateLists {
  return {
    size,
    indices: new Int32Array(count * size).fill(-1),
    weights: new Float64Array(count * size).fill(Infinity),
    atLeast: new Float64Array(count * size).fill(Infinity),
    bounds: new Float64Array(count),
  };
}

/** How the neighbours that a kernel found are weighed. */
export interface Weighing {
  /** The exact weight of a pair. */
  weight(i: number, j: number): number;
  /** The least weight of a pair (i, j) whose similarity was found to be at most this. */
  weightAtLeast(i: number, j: number, similarity: number): number;
  /** The least weight of any pair of i whose similarity was found to be at most this. */
  boundAtLeast(i: number, similarity: number): number;
}

/** Replaces the list of point `i` by as many neighbours found, which start at `from`; their weights stay open. */
export function takeOpen(
  { size, indices, weights, atLeast, bounds }: CandidateLists,
  i: number,
  found: Neighbours,
  from: number,
  { weightAtLeast, boundAtLeast }: Weighing,
): void {
  const first = i * size;
  for (let place = 0; place < size; place++) {
    const j = found.indices[from + place]!;
    indices[first + place] = j;
    weights[first + place] = j < 0 ? Infinity : Number.NaN;
    atLeast[first + place] = j < 0 ? Infinity : weightAtLeast(i, j, found.similarities[from + place]!);
  }
  bounds[i] = boundOf(i, found, from, size, boundAtLeast);
}

/**
 * Replaces the list of point `i` by the lightest of its k neighbours found, which start at `from`, weighed exactly. Neighbours that find no
 * place lower the bound to their weight; those not found can't weigh less than the last found.
 */
export function takeLightest(
  lists: CandidateLists,
  i: number,
  found: Neighbours,
  from: number,
  k: number,
  { weight, boundAtLeast }: Pick<Weighing, 'weight' | 'boundAtLeast'>,
): void {
  const { size, indices, weights, atLeast, bounds } = lists;
  const first = i * size;
  const end = first + size;
  indices.fill(-1, first, end);
  weights.fill(Infinity, first, end);
  let leftOut = boundOf(i, found, from, k, boundAtLeast);
  for (let place = from; place < from + k && found.indices[place]! >= 0; place++) {
    const j = found.indices[place]!;
    const w = weight(i, j);
    leftOut = Math.min(leftOut, Math.max(w, weights[end - 1]!));
    if (w >= weights[end - 1]! && indices[end - 1]! >= 0) continue;
    let at = end - 1;
    for (; at > first && weights[at - 1]! > w; at--) {
      weights[at] = weights[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    weights[at] = w;
    indices[at] = j;
  }
  atLeast.set(weights.subarray(first, end), first);
  bounds[i] = leftOut;
}

/** How light a pair of `i` can be that is not among the k found: none is outside where fewer were found. */
function boundOf(
  i: number,
  { indices, similarities }: Neighbours,
  from: number,
  k: number,
  boundAtLeast: Weighing['boundAtLeast'],
): number {
  const last = from + k - 1;
  return indices[last]! < 0 ? Infinity : boundAtLeast(i, similarities[last]!);
}

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

export interface NearestPointsQuery {
  readonly size: number;
  /** Which place in the lists, counted from 1, must surely hold the right distance; at most `size`. */
  readonly exact: number;
  /** As in a kernel's query: points of the row's own component are no neighbours of it. */
  readonly component?: Int32Array;
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
      const found = await space.loaded.nearest({ k, rows: asked, signal, ...(component && { component }) });
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
