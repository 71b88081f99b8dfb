import { SIMILARITY_GRID } from '@refrain/core';
import type { EdgePairs } from './pairs.ts';

/** The orders in which the star cover may visit clips, under any noise. */
export interface Visits {
  /** All clips, as visited without noise. */
  readonly order: readonly number[];
  /** Pairs of clips, the earlier one first, that noise may swap: no clip is in two of them, and each can be swapped on its own. */
  readonly ties: readonly (readonly [number, number])[];
}

/** Neighbours of each clip, its mean similarity to them, and how far noise and rounding can move that. */
interface Neighbourhoods {
  readonly neighbours: readonly Set<number>[];
  readonly mean: Float64Array;
  readonly margin: Float64Array;
  /** The greatest of the margins. */
  readonly widest: number;
}

/**
 * The order of `count` clips under `pairs` of neighbours, and where noise may change it; undefined where ties hang together, so that they can't be
 * swapped one by one.
 *
 * Clips are visited by number of neighbours, then by mean similarity to them. A clip joins the first leader among its neighbours, so the
 * outcome depends only on the order of neighbours and of clips with a common neighbour: that of all others is left out of account. A clip
 * with one neighbour comes after that one or ties with it whatever the noise: both have the one similarity as their mean.
 */
export function possibleVisits(count: number, pairs: EdgePairs): Visits | undefined {
  const hoods = neighbourhoods(count, pairs);
  const { neighbours, mean } = hoods;
  const order = [...neighbours.keys()].sort(
    (a, b) => neighbours[b]!.size - neighbours[a]!.size || mean[b]! - mean[a]! || a - b,
  );
  const ties: [number, number][] = [];
  const tied = new Set<number>();
  for (const [at, a] of order.entries()) {
    const rivals = rivalsOf(order, at, hoods);
    for (const b of rivals) {
      if (tied.has(a) || tied.has(b)) return undefined;
      const between = order.slice(at + 1, order.indexOf(b));
      // The later one moves up to before the earlier: on the way it must overtake none that matters to it.
      if (between.some((other) => touch(neighbours, other, b))) return undefined;
      ties.push([a, b]);
      tied.add(a).add(b);
    }
  }
  return { order, ties };
}

/** The order with some ties swapped: those whose positions are the set bits of `swaps`. */
export function swapped({ order, ties }: Visits, swaps: number): number[] {
  const changed = [...order];
  for (const [at, [a, b]] of ties.entries()) {
    if ((swaps >> at) % 2 === 0) continue;
    changed.splice(changed.indexOf(b), 1);
    changed.splice(changed.indexOf(a), 0, b);
  }
  return changed;
}

/** The clips after place `at` that noise may bring before it, where that matters. */
function rivalsOf(
  order: readonly number[],
  at: number,
  { neighbours, mean, margin, widest }: Neighbourhoods,
): number[] {
  const a = order[at]!;
  const degree = neighbours[a]!.size;
  if (degree < 2) return [];
  const rivals: number[] = [];
  for (let next = at + 1; next < order.length; next++) {
    const b = order[next]!;
    const apart = mean[a]! - mean[b]!;
    if (neighbours[b]!.size !== degree || apart > margin[a]! + widest) break;
    if (apart <= margin[a]! + margin[b]! && touch(neighbours, a, b)) rivals.push(b);
  }
  return rivals;
}

/** Whether two clips are neighbours or have a common one. */
function touch(neighbours: readonly Set<number>[], a: number, b: number): boolean {
  if (neighbours[a]!.has(b)) return true;
  for (const other of neighbours[a]!) if (neighbours[b]!.has(other)) return true;
  return false;
}

function neighbourhoods(count: number, { i, j, cosine, slack }: EdgePairs): Neighbourhoods {
  const neighbours = Array.from({ length: count }, () => new Set<number>());
  const mean = new Float64Array(count);
  const margin = new Float64Array(count);
  for (let pair = 0; pair < i.length; pair++) {
    neighbours[i[pair]!]!.add(j[pair]!);
    neighbours[j[pair]!]!.add(i[pair]!);
    for (const clip of [i[pair]!, j[pair]!]) {
      mean[clip]! += cosine[pair]!;
      margin[clip]! += slack[pair]!;
    }
  }
  for (const [clip, { size }] of neighbours.entries()) {
    if (size === 0) continue;
    mean[clip]! /= size;
    // Each similarity is rounded to the grid, and so is their mean.
    margin[clip] = margin[clip]! / size + SIMILARITY_GRID;
  }
  return { neighbours, mean, margin, widest: margin.reduce((most, value) => Math.max(most, value), 0) };
}
