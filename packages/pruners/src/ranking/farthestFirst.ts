import { setImmediate } from 'node:timers/promises';
import { dot, type Matrix, SIMILARITY_GRID, type SimilarityKernel, takeRows } from '@refrain/core';
import type { Workplace } from './strategy.ts';

/** Clips in the order in which each is the one least like all before it. */
export interface Traversal {
  readonly order: Uint32Array;
  /** Greatest similarity of each to those before it, on the grid, never falling; −Infinity for the first. */
  readonly similarity: Float64Array;
  /** Mean over all clips of their greatest similarity to those before this one, never falling; −Infinity for the first. */
  readonly coverage: Float64Array;
}

/** Clips that are compared with each other at once: 4 MB of similarities. */
const CANDIDATES = 1024;

/** Steps of the grid from 0 to 1. Similarities are counted in them, so that sums are exact, whatever their order. */
const STEPS = Math.round(1 / SIMILARITY_GRID);
/** Below every similarity. */
const NONE = -2 * STEPS;
/** Far above what float64 rounding does to an inner product of unit rows, far below the grid. */
const ROUNDING = 1e-11;

/** The clips of a traversal, in the order in which they tie, and how near to the chosen ones each is. */
interface Approach {
  readonly embeddings: Matrix;
  readonly members: Uint32Array;
  readonly lengths: Float64Array;
  readonly kernel: SimilarityKernel;
  /** Greatest similarity of each member to those chosen, in steps of the grid; Infinity once it is chosen itself. */
  readonly nearest: Float64Array;
}

/** Members chosen one after the other. */
interface Chosen {
  readonly member: number;
  /** What was its nearest before. */
  readonly nearest: number;
  /** By how much `nearest` of the other members grew together. */
  gain: number;
}

/**
 * The farthest-first traversal (Gonzalez 1985) of `members`, which starts at the first of them; ties go to the earlier one. After any prefix
 * every other clip is at least as similar to one of the prefix as the next clip is. The kernel proposes and float64 decides.
 *
 * Clips come nearer only, so as long as the farthest of the `candidates` that were farthest is farther than all others were, it is the next one: only
 * these need be compared at each step. When it is not, those chosen are compared with the others in one go. Takes n²/2 similarities of the
 * kernel, some seconds for 20,000 clips of 512 dimensions, and memory for a few tiles.
 */
export async function farthestFirst(
  embeddings: Matrix,
  members: Uint32Array,
  { kernel, signal }: Workplace,
  candidates = CANDIDATES,
): Promise<Traversal> {
  const count = members.length;
  const [order, similarity, coverage] = [new Uint32Array(count), new Float64Array(count), new Float64Array(count)];
  const approach = {
    kernel,
    embeddings,
    members,
    lengths: Float64Array.from(members, (clip) => Math.sqrt(dot(embeddings, clip, embeddings, clip))),
    nearest: new Float64Array(count).fill(NONE),
  };
  let total = count * NONE;
  for (let step = 0; step < count; ) {
    await setImmediate();
    signal.throwIfAborted();
    const { first, others, bound } = farthest(approach, candidates);
    const chosen = await choose(approach, first, bound);
    await approachAll(approach, chosen, others, 2 * candidates);
    for (const { member, nearest, gain } of chosen) {
      order[step] = members[member]!;
      similarity[step] = step === 0 ? -Infinity : nearest / STEPS;
      // Rows that are a little longer than 1 are more similar than they are covered by themselves: without the maximum the mean could fall.
      coverage[step] = step === 0 ? -Infinity : Math.max(coverage[step - 1]!, (step * STEPS + total) / (count * STEPS));
      total += gain - nearest;
      step++;
    }
  }
  return { order, similarity, coverage };
}

/**
 * The members that are not chosen: the first `candidates` of those least like the chosen ones, ascending, and the others. `bound` is the key of the first of
 * the others, Infinity where there are none.
 */
function farthest(
  { nearest }: Approach,
  candidates: number,
): { first: Uint32Array; others: Uint32Array; bound: number } {
  const count = nearest.length;
  const open = Uint32Array.from(nearest.keys()).filter((member) => nearest[member]! < Infinity);
  const keys = Float64Array.from(open, (member) => keyOf(nearest, member)).sort();
  const members = Uint32Array.from(keys, (key) => key - Math.floor(key / count) * count);
  return {
    first: members.slice(0, candidates).sort(),
    others: members.subarray(candidates),
    bound: keys[candidates] ?? Infinity,
  };
}

/** What orders members: how near they are, then which is earlier. */
function keyOf(nearest: Float64Array, member: number): number {
  return nearest[member]! * nearest.length + member;
}

/** Chooses the next members for as long as they are among the candidates: one at least. */
async function choose(approach: Approach, candidates: Uint32Array, bound: number): Promise<Chosen[]> {
  const { nearest } = approach;
  const { tile, tolerance } = await similarities(approach, candidates, candidates);
  const chosen: Chosen[] = [];
  while (chosen.length < candidates.length) {
    let place = 0;
    for (let at = 1; at < candidates.length; at++) {
      if (nearest[candidates[at]!]! < nearest[candidates[place]!]!) place = at;
    }
    const member = candidates[place]!;
    if (keyOf(nearest, member) >= bound) break;
    const next = { member, nearest: nearest[member]!, gain: 0 };
    nearest[member] = Infinity;
    const row = tile.subarray(place * candidates.length, (place + 1) * candidates.length);
    next.gain = bringNearer(approach, member, candidates, row, tolerance);
    chosen.push(next);
  }
  return chosen;
}

/** Brings the others nearer by all that were chosen, in their order, so many of them at once. */
async function approachAll(
  approach: Approach,
  chosen: readonly Chosen[],
  others: Uint32Array,
  abreast: number,
): Promise<void> {
  const rows = Uint32Array.from(chosen, ({ member }) => member);
  for (let start = 0; start < others.length; start += abreast) {
    const cols = others.subarray(start, start + abreast);
    const { tile, tolerance } = await similarities(approach, rows, cols);
    for (const [place, one] of chosen.entries()) {
      const row = tile.subarray(place * cols.length, (place + 1) * cols.length);
      one.gain += bringNearer(approach, one.member, cols, row, tolerance);
    }
  }
}

/** Brings `nearest` of others up to date with a chosen member, of whose similarities to them the kernel says `proposed`; returns by how much they grew together. */
function bringNearer(
  { embeddings, members, lengths, nearest }: Approach,
  chosen: number,
  others: Uint32Array,
  proposed: Float32Array,
  tolerance: number,
): number {
  let gain = 0;
  for (let at = 0; at < others.length; at++) {
    const other = others[at]!;
    const known = nearest[other]!;
    // By Cauchy and Schwarz nothing is more similar than copies are: they need not be compared with each other again and again.
    const most = Math.min(proposed[at]! + tolerance, lengths[chosen]! * lengths[other]! + ROUNDING);
    if (most * STEPS < known + 0.4999) continue;
    const steps = Math.round(dot(embeddings, members[other]!, embeddings, members[chosen]!) / SIMILARITY_GRID);
    if (steps <= known) continue;
    gain += steps - known;
    nearest[other] = steps;
  }
  return gain;
}

/** What the kernel says of the similarities of some members to others, row-major, and how far off that may be. */
async function similarities(
  { embeddings, members, kernel }: Approach,
  rows: Uint32Array,
  cols: Uint32Array,
): Promise<{ tile: Float32Array; tolerance: number }> {
  const clips = rows === cols ? Array.from(rows) : [...rows, ...cols];
  const points = await kernel.load(
    takeRows(
      embeddings,
      clips.map((member) => members[member]!),
    ),
  );
  try {
    const start = clips.length - cols.length;
    const tile = await points.tile({ start: 0, end: rows.length }, { start, end: clips.length });
    return { tile, tolerance: points.tolerance };
  } finally {
    await points.close();
  }
}
