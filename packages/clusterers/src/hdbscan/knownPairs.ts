import type { Pairs } from '@refrain/core';

/** Pairs of points i < j, each once, ordered by i, then j, and the distances of those that were measured. */
export interface KnownPairs extends Pairs {
  /** Exact in float64; NaN where it is still open. */
  readonly distance: Float64Array;
}

/** Pairs in order, of which some may be there several times, with all distances open. */
export function knownPairs({ i, j, similarity }: Pairs): KnownPairs {
  const pairs = { i, j, similarity, distance: new Float64Array(i.length).fill(Number.NaN) };
  return somePairs(pairs, (pair) => pair === 0 || i[pair] !== i[pair - 1] || j[pair] !== j[pair - 1]);
}

/** The pairs for which `isWanted`. */
export function somePairs(pairs: KnownPairs, isWanted: (pair: number) => boolean): KnownPairs {
  const wanted = new Uint32Array(pairs.i.length);
  let length = 0;
  for (let pair = 0; pair < wanted.length; pair++) if (isWanted(pair)) wanted[length++] = pair;
  if (length === wanted.length) return pairs;
  const some = roomFor(length);
  for (let at = 0; at < length; at++) copyPair(pairs, wanted[at]!, some, at);
  return some;
}

/** All pairs of both. */
export function allPairs(one: KnownPairs, other: KnownPairs): KnownPairs {
  if (one.i.length === 0) return other;
  const all = roomFor(one.i.length + other.i.length);
  let length = 0;
  for (let a = 0, b = 0; a < one.i.length || b < other.i.length; length++) {
    const order = a === one.i.length ? 1 : b === other.i.length ? -1 : orderOf(one, a, other, b);
    if (order <= 0) copyPair(one, a++, all, length);
    else copyPair(other, b, all, length);
    if (order >= 0) b++;
  }
  const { i, j, similarity, distance } = all;
  return {
    i: i.subarray(0, length),
    j: j.subarray(0, length),
    similarity: similarity.subarray(0, length),
    distance: distance.subarray(0, length),
  };
}

function orderOf(one: Pairs, a: number, other: Pairs, b: number): number {
  return one.i[a]! - other.i[b]! || one.j[a]! - other.j[b]!;
}

function roomFor(count: number): KnownPairs {
  return {
    i: new Uint32Array(count),
    j: new Uint32Array(count),
    similarity: new Float32Array(count),
    distance: new Float64Array(count),
  };
}

function copyPair(from: KnownPairs, pair: number, to: KnownPairs, at: number): void {
  to.i[at] = from.i[pair]!;
  to.j[at] = from.j[pair]!;
  to.similarity[at] = from.similarity[pair]!;
  to.distance[at] = from.distance[pair]!;
}
