import type { KnownPairs } from './knownPairs.ts';
import type { MetricSpace } from './metricSpace.ts';

/** Core distances as far as pairs reveal them. */
export interface CoreDistances {
  /** Distance of each point to the minSamples-th nearest of those it has a pair with, itself not counted; Infinity where it has fewer. */
  readonly core: Float64Array;
  /** 1 for pairs that a core distance hangs on: minSamples of each point are no further than its core distance. */
  readonly isNeeded: Uint8Array;
}

/**
 * The core distance of every point (Campello et al. 2013, definition 2; the point itself does not count, as in the Python `hdbscan` package,
 * while scikit-learn counts it), if the pairs hold its nearest points; else an upper bound. Of the distances only those are measured that
 * similarities, with all rounding allowed for, leave undecided.
 */
export function coreDistances(space: MetricSpace, pairs: KnownPairs, minSamples: number): CoreDistances {
  const { count } = space;
  const { starts, at } = pairsOfPoints(pairs, count);
  const core = new Float64Array(count).fill(Infinity);
  const isNeeded = new Uint8Array(pairs.i.length);
  const scratch = new Float32Array(at.length);
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i]!, starts[i + 1]!];
    if (end - start >= minSamples)
      core[i] = decideCore(space, pairs, { at, start, end }, minSamples, scratch, isNeeded);
  }
  return { core, isNeeded };
}

/** For each point the numbers of its pairs: those of point i are at `starts[i]` to `starts[i + 1]` − 1. */
function pairsOfPoints({ i, j }: KnownPairs, count: number): { starts: Uint32Array; at: Uint32Array } {
  const starts = new Uint32Array(count + 1);
  for (let pair = 0; pair < i.length; pair++) {
    starts[i[pair]! + 1]! += 1;
    starts[j[pair]! + 1]! += 1;
  }
  for (let point = 0; point < count; point++) starts[point + 1]! += starts[point]!;
  const next = starts.slice();
  const at = new Uint32Array(2 * i.length);
  for (let pair = 0; pair < i.length; pair++) {
    at[next[i[pair]!]!++] = pair;
    at[next[j[pair]!]!++] = pair;
  }
  return { starts, at };
}

/** The numbers of the pairs of a point: `at[start]` to `at[end − 1]`. */
interface OwnPairs {
  readonly at: Uint32Array;
  readonly start: number;
  readonly end: number;
}

/**
 * The core distance of the point with these pairs, of which those it hangs on are marked. It is one that the similarity of the minSamples-th
 * allows for; what is surely nearer need not be measured, only counted.
 */
function decideCore(
  space: MetricSpace,
  pairs: KnownPairs,
  { at, start, end }: OwnPairs,
  minSamples: number,
  scratch: Float32Array,
  isNeeded: Uint8Array,
): number {
  const { similarity } = pairs;
  for (let own = start; own < end; own++) scratch[own - start] = similarity[at[own]!]!;
  const found = greatest(scratch, end - start, minSamples);
  const nearer = space.similarityAtMost(space.distanceAtLeast(found));
  const near = space.similarityAtLeast(space.distanceAtMost(found));
  const undecided: number[] = [];
  let missing = minSamples;
  for (let own = start; own < end; own++) {
    const pair = at[own]!;
    if (similarity[pair]! > nearer) {
      isNeeded[pair] = 1;
      missing--;
    } else if (similarity[pair]! >= near) undecided.push(pair);
  }
  if (undecided.length > 1)
    undecided.sort((a, b) => distanceOf(space, pairs, a) - distanceOf(space, pairs, b) || a - b);
  for (let own = 0; own < missing; own++) isNeeded[undecided[own]!] = 1;
  return distanceOf(space, pairs, undecided[missing - 1]!);
}

/** The k-th greatest of the first `length` values, which change places (Hoare 1961). */
function greatest(values: Float32Array, length: number, k: number): number {
  let [low, high] = [0, length - 1];
  while (low < high) {
    const pivot = values[(low + high) >>> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left]! > pivot) left++;
      while (values[right]! < pivot) right--;
      if (left > right) break;
      const value = values[left]!;
      values[left++] = values[right]!;
      values[right--] = value;
    }
    if (k - 1 <= right) high = right;
    else if (k - 1 >= left) low = left;
    else break;
  }
  return values[k - 1]!;
}

/** The distance of a pair, measured now if it is still open. */
export function distanceOf(space: MetricSpace, { i, j, distance }: KnownPairs, pair: number): number {
  if (Number.isNaN(distance[pair])) distance[pair] = space.distance(i[pair]!, j[pair]!);
  return distance[pair]!;
}
