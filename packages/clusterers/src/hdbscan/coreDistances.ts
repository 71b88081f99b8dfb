import type { Neighbours } from '@refrain/core';
import {
  batches,
  type CandidateLists,
  emptyCandidates,
  takeLightest,
  takeOpen,
  type Weighing,
} from './candidateLists.ts';
import { type MetricSpace, unwatched, type Watch } from './metricSpace.ts';

/** Core distances, and the lists of nearest neighbours they were read from, weighed by distance. */
export interface CoreDistances {
  /** Distance of each point to its minSamples-th nearest neighbour, itself not counted. */
  readonly core: Float64Array;
  readonly lists: CandidateLists;
  /** How many entries at the front of each list are surely no further than the core distance, though their distance is still open. */
  readonly within: Int32Array;
}

/**
 * The core distance of every point (Campello et al. 2013, definition 2; the point itself does not count, as in the Python `hdbscan` package,
 * while scikit-learn counts it). The kernel proposes `listSize` neighbours in float32; the distances of those that may be the minSamples-th
 * are computed again in float64. Where points beyond the list may be it, the list is made twice as long until none can.
 * minSamples must be below the number of points, and at most `listSize`.
 */
export async function coreDistances(
  space: MetricSpace,
  minSamples: number,
  listSize: number,
  watch: Watch = unwatched,
): Promise<CoreDistances> {
  const { count } = space;
  const weighing = distanceWeighing(space);
  const found = await space.loaded.nearest({ k: listSize, ...watch(count) });
  // Not before: the search has memory of its own.
  const lists = emptyCandidates(count, listSize);
  const core = new Float64Array(count);
  const within = new Int32Array(count);
  const unsure: number[] = [];
  for (let i = 0; i < count; i++) {
    takeOpen(lists, i, found, i * listSize, weighing);
    within[i] = decideCore(space, lists, i, found, minSamples, core);
    if (core[i]! > lists.bounds[i]!) unsure.push(i);
  }
  await widen(space, Uint32Array.from(unsure), lists, minSamples, core, watch);
  for (const i of unsure) within[i] = 0;
  return { core, lists, within };
}

/**
 * Writes the core distance of point `i`, if its list reveals it. At similarity s₍ₘ₎ of the m-th, the core distance is one that s₍ₘ₎ allows for;
 * what is surely nearer need not be measured, only counted. Returns how many those are.
 */
function decideCore(
  space: MetricSpace,
  { size, weights, atLeast }: CandidateLists,
  i: number,
  { indices, similarities }: Neighbours,
  minSamples: number,
  core: Float64Array,
): number {
  const first = i * size;
  const least = atLeast[first + minSamples - 1]!;
  const most = space.distanceAtMost(similarities[first + minSamples - 1]!);
  let within = 0;
  while (within < minSamples - 1 && space.distanceAtMost(similarities[first + within]!) < least) within++;
  let end = within;
  while (end < size && indices[first + end]! >= 0 && atLeast[first + end]! <= most) {
    const distance = space.distance(i, indices[first + end]!);
    weights[first + end] = distance;
    atLeast[first + end++] = distance;
  }
  core[i] = weights.slice(first + within, first + end).sort()[minSamples - 1 - within]!;
  return within;
}

/** Searches longer and longer lists for the rows whose core distance is not decided, and takes the lightest of them. */
async function widen(
  space: MetricSpace,
  rows: Uint32Array,
  lists: CandidateLists,
  minSamples: number,
  core: Float64Array,
  watch: Watch,
): Promise<void> {
  const weighing = distanceWeighing(space);
  let pending = rows;
  for (let k = 2 * lists.size; pending.length > 0; k *= 2) {
    const unsure: number[] = [];
    const length = Math.min(k, space.count);
    for (const batch of batches(pending, length)) {
      const found = await space.loaded.nearest({ k: length, rows: batch, ...watch(batch.length) });
      batch.forEach((i, row) => {
        takeLightest(lists, i, found, row * length, length, weighing);
        core[i] = lists.weights[i * lists.size + minSamples - 1]!;
        if (core[i]! > lists.bounds[i]!) unsure.push(i);
      });
    }
    pending = Uint32Array.from(unsure);
  }
}

function distanceWeighing(space: MetricSpace): Weighing {
  return {
    weight: space.distance,
    weightAtLeast: (_, __, similarity) => space.distanceAtLeast(similarity),
    boundAtLeast: (_, similarity) => space.distanceAtLeast(similarity),
  };
}

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
