import type { Neighbours } from '@refrain/core';

/** For each point a list of the points that matter to it, lightest first, and how light those outside the list can be. */
export interface CandidateLists {
  /** Places in each list. */
  readonly size: number;
  /** Point index, row-major points × size; −1 where a list is shorter. */
  readonly indices: Int32Array;
  /** Weight of the pair (a distance), exact in float64; Infinity where a list is shorter. */
  readonly weights: Float64Array;
  /** No pair of the point with one outside its list weighs less than this; Infinity when there is none outside. */
  readonly bounds: Float64Array;
}

/** Empty lists for `count` points. */
export function emptyCandidates(count: number, size: number): CandidateLists {
  return {
    size,
    indices: new Int32Array(count * size).fill(-1),
    weights: new Float64Array(count * size).fill(Infinity),
    bounds: new Float64Array(count),
  };
}

/** How the neighbours that a kernel found are weighed. */
export interface Weighing {
  /** The exact weight of a pair. */
  weight(i: number, j: number): number;
  /** The least weight of a pair whose similarity was found to be at most this. */
  weightAtLeast(similarity: number): number;
}

/**
 * Replaces the list of point `i` by the lightest of its k neighbours found, which start at `from`. Neighbours that find no place lower the
 * bound to their weight; those not found can't weigh less than the last found.
 */
export function takeCandidates(
  lists: CandidateLists,
  i: number,
  found: Neighbours,
  from: number,
  k: number,
  { weight, weightAtLeast }: Weighing,
): void {
  const { size, indices, weights, bounds } = lists;
  const first = i * size;
  const end = first + size;
  indices.fill(-1, first, end);
  weights.fill(Infinity, first, end);
  let leftOut = found.indices[from + k - 1]! < 0 ? Infinity : weightAtLeast(found.similarities[from + k - 1]!);
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
  bounds[i] = leftOut;
}

// Lists asked of the kernel at once hold at most this many entries, 32 MiB.
const ENTRIES_AT_ONCE = 2 ** 22;

/** `rows` in runs whose neighbour lists of length k fit in a fixed amount of memory. */
export function* batches(rows: Uint32Array, k: number): Generator<Uint32Array> {
  const step = Math.max(1, Math.floor(ENTRIES_AT_ONCE / k));
  for (let start = 0; start < rows.length; start += step) yield rows.subarray(start, start + step);
}
