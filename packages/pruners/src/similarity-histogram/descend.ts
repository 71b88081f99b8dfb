import type { Matrix } from '@refrain/core';
import { jensenShannonDivergence } from '@refrain/core/pruning';
import { turns } from '../ranking/orders.ts';
import type { Workplace } from '../ranking/strategy.ts';
import { binOf, divergenceAfter, type Effect, effectOf } from './histogram.ts';
import { KeptNeighbours } from './keptNeighbours.ts';

/** Divergences nearer to each other than this, in bits, count as equal: sums in another order differ by less. */
const EQUAL_DIVERGENCE = 1e-12;

/** What a descent goes by. */
export interface DescentRule {
  /** On the grid, above 0. */
  readonly threshold: number;
  readonly bins: number;
  /** Beyond those with a partner at `threshold`, or a divergence of 0, clips go until so many have gone in all. One always stays. */
  readonly most: number;
}

/** The removals of one cluster. */
export interface Descent {
  /** Rows, in the order in which they go. */
  readonly removed: readonly number[];
  /** For each of them the least similarity that its removal leaves between it, or a clip removed before that it stood for, and a kept one. */
  readonly similarity: readonly number[];
  /** Divergence in bits, to `EQUAL_DIVERGENCE`, at the start and after each removal at `threshold`. */
  readonly divergence: readonly number[];
}

/** Where a descent stands. */
interface State {
  readonly rule: DescentRule;
  readonly neighbours: KeptNeighbours;
  /** Bin of each row's similarity to its nearest kept one. */
  readonly bin: Int32Array;
  readonly counts: Float64Array;
  /** 1 for the bins that all rows together occupy. */
  readonly target: Uint8Array;
  /** Least similarity that the removal of a kept row would leave between a removed row and its nearest kept one. Never rises. */
  readonly leaves: Float64Array;
  /** Effect of a kept row's removal, as a place in `effects`. */
  readonly effect: Int32Array;
  readonly effects: Effect[];
  readonly places: Map<string, number>;
}

/**
 * The greedy descent of `similarity-histogram` in one cluster of unit rows (or zeros): first the clips that leave a partner at `threshold` to each
 * removed one, each time the one that leaves the least divergence (of equals the most similar partners), then those that leave the most similar partners; ties by lower row.
 */
export async function descend(rows: Matrix, rule: DescentRule, workplace: Workplace): Promise<Descent> {
  const descent = { removed: [] as number[], similarity: [] as number[], divergence: [] as number[] };
  if (rows.rows < 2) return { ...descent, divergence: [0] };
  const state = begin(rule, await KeptNeighbours.of(rows, workplace));
  const turn = turns(workplace.signal);
  const take = async (row: number) => {
    descent.removed.push(row);
    descent.similarity.push(state.leaves[row]!);
    await remove(state, row);
  };
  descent.divergence.push(currentDivergence(state));
  for (let open: Uint32Array = supported(state); open.length > 0; open = supported(state, open)) {
    // No removal beyond this one can be asked for: the divergence is as low as any can be.
    if (descent.divergence.at(-1) === 0 && descent.removed.length >= rule.most) break;
    await take(leastDivergent(state, open));
    descent.divergence.push(currentDivergence(state));
    await turn(open.length);
  }
  for (
    let open: Uint32Array = stillKept(state);
    open.length > 1 && descent.removed.length < rule.most;
    open = stillKept(state, open)
  ) {
    await take(mostSimilar(state, open));
    await turn(open.length);
  }
  return descent;
}

function begin(rule: DescentRule, neighbours: KeptNeighbours): State {
  const count = neighbours.kept.length;
  const bin = Int32Array.from(neighbours.firstSimilarity, (similarity) => binOf(similarity, rule.bins));
  const counts = new Float64Array(rule.bins);
  for (const one of bin) counts[one]! += 1;
  const state: State = {
    rule,
    neighbours,
    bin,
    counts,
    target: Uint8Array.from(counts, (occupied) => (occupied > 0 ? 1 : 0)),
    leaves: new Float64Array(count),
    effect: new Int32Array(count),
    effects: [],
    places: new Map(),
  };
  for (let row = 0; row < count; row++) refresh(state, row);
  return state;
}

/** Those of `among`, by default of all rows, that are kept. */
function stillKept({ neighbours: { kept } }: State, among: Uint32Array = Uint32Array.from(kept.keys())): Uint32Array {
  return among.filter((row) => kept[row] === 1);
}

/** Those of them that may go by the threshold. */
function supported(state: State, among?: Uint32Array): Uint32Array {
  return stillKept(state, among).filter((row) => state.leaves[row]! >= state.rule.threshold);
}

/**
 * The row whose removal leaves the least divergence, of equals the one that leaves the most similar partners, then the first. Many rows share an
 * effect: each is worked out once.
 */
function leastDivergent(state: State, open: Uint32Array): number {
  const { neighbours, counts, target, effect, effects } = state;
  const after = divergenceAfter(counts, target, neighbours.keptCount - 1);
  const divergences = new Map<number, number>();
  let least = Infinity;
  for (const row of open) {
    const place = effect[row]!;
    if (divergences.has(place)) continue;
    const divergence = after(effects[place]!);
    divergences.set(place, divergence);
    least = Math.min(least, divergence);
  }
  return mostSimilar(
    state,
    open.filter((row) => divergences.get(effect[row]!)! <= least + EQUAL_DIVERGENCE),
  );
}

function mostSimilar({ leaves }: State, open: Uint32Array): number {
  return open.reduce((best, row) => (leaves[row]! > leaves[best]! ? row : best));
}

function currentDivergence({ counts, target }: State): number {
  return Math.round(jensenShannonDivergence(counts, target) / EQUAL_DIVERGENCE) * EQUAL_DIVERGENCE;
}

/** Takes a row away and brings to date what that changes. */
async function remove(state: State, row: number): Promise<void> {
  const { neighbours, bin, counts, rule } = state;
  counts[bin[row]!]! -= 1;
  const changed = await neighbours.remove(row);
  // The row itself is now one that its nearest kept row stands for.
  const outdated = new Set([neighbours.first[row]!]);
  for (const other of changed) {
    outdated.add(neighbours.first[other]!);
    if (!neighbours.kept[other]) continue;
    outdated.add(other);
    counts[bin[other]!]! -= 1;
    bin[other] = binOf(neighbours.firstSimilarity[other]!, rule.bins);
    counts[bin[other]!]! += 1;
  }
  for (const one of outdated) if (one >= 0 && neighbours.kept[one]) refresh(state, one);
}

/** Works out what the removal of a kept row leaves and does. */
function refresh(state: State, row: number): void {
  const { neighbours, bin, leaves, effect, rule } = state;
  const { first, firstSimilarity, secondSimilarity, kept } = neighbours;
  const moves: [number, number][] = [];
  leaves[row] = firstSimilarity[row]!;
  for (const other of neighbours.followers[row]!) {
    if (first[other] !== row) continue;
    if (kept[other]) moves.push([bin[other]!, binOf(secondSimilarity[other]!, rule.bins)]);
    else leaves[row] = Math.min(leaves[row]!, secondSimilarity[other]!);
  }
  if (leaves[row]! >= rule.threshold) effect[row] = placeOf(state, effectOf(bin[row]!, moves));
}

function placeOf({ effects, places }: State, effect: Effect): number {
  const key = effect.join(' ');
  const known = places.get(key);
  if (known !== undefined) return known;
  places.set(key, effects.length);
  return effects.push(effect) - 1;
}

/** The removal of one clip, as its cluster saw it. */
export interface Step {
  readonly clip: number;
  /** The clip goes where `t` is above this; 1 for those behind the least divergence. Never falls inside a cluster. */
  readonly goesAfter: number;
  /** Similarity that the removals of the cluster up to this one leave to each removed clip. Never rises inside a cluster. */
  readonly least: number;
  /** How many clips of the cluster went before. */
  readonly place: number;
}

/** The removals of one cluster, in order; `members` are its clips. */
export function stepsOf({ removed, similarity, divergence }: Descent, members: Uint32Array): Step[] {
  const start = divergence[0]!;
  const end = divergence.reduce((least, value) => Math.min(least, value), Infinity);
  let reached = Infinity;
  let least = Infinity;
  return Array.from(removed, (member, place) => {
    // The first divergence at the level of t comes after this clip as long as all those before it are above that level.
    if (place < divergence.length) reached = Math.min(reached, divergence[place]!);
    least = Math.min(least, similarity[place]!);
    const goesAfter = reached > end ? (start - reached) / (start - end) : 1;
    return { clip: members[member]!, goesAfter, least, place };
  });
}

/** The removals of all clusters in one order that keeps that of each: by `goesAfter`, then those with the more similar partners. */
export function inOrder(steps: readonly Step[]): Step[] {
  return steps
    .slice()
    .sort((a, b) => a.goesAfter - b.goesAfter || b.least - a.least || a.place - b.place || a.clip - b.clip);
}
