import type { Neighbours } from '@refrain/core';

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
