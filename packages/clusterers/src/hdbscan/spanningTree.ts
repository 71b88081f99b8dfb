import { identityOrder } from '@refrain/core/reductions';
import { distanceOf } from './coreDistances.ts';
import type { KnownPairs } from './knownPairs.ts';
import type { MetricSpace } from './metricSpace.ts';

/** The edges of a tree, in no particular order: one less than there are points. */
export interface SpanningTree {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
}

/**
 * The minimum spanning tree of the pairs, which must hold all points together, by Borůvka's algorithm (1926). A pair weighs
 * max(core_i, core_j, distance / alpha) (Campello et al. 2013, definition 3); of equal weights the pair listed first is the lighter one, so there
 * is one such tree. Only distances that may decide something are measured. `isNeeded` is set to 1 for the pairs of the tree.
 */
export function spanningTree(
  space: MetricSpace,
  pairs: KnownPairs,
  core: Float64Array,
  alpha: number,
  isNeeded: Uint8Array,
): SpanningTree {
  const { count } = space;
  const { i, j } = pairs;
  const edges = count - 1;
  const tree = { from: new Int32Array(edges), to: new Int32Array(edges), weights: new Float64Array(edges) };
  const { atLeast, isOpen } = leastWeights(space, pairs, core, alpha);
  const component = singletons(count);
  const sets = singletons(count);
  const lightest = { weights: new Float64Array(count), pairs: new Int32Array(count) };
  /** Pairs whose ends are not joined yet are at the front. */
  const open = identityOrder(i.length);
  for (let joined = 0, left = open.length; joined < edges; ) {
    lightest.weights.fill(Infinity);
    lightest.pairs.fill(-1);
    let kept = 0;
    for (let at = 0; at < left; at++) {
      const pair = open[at]!;
      const a = component[i[pair]!]!;
      const b = component[j[pair]!]!;
      if (a === b) continue;
      open[kept++] = pair;
      if (atLeast[pair]! >= lightest.weights[a]! && atLeast[pair]! >= lightest.weights[b]!) continue;
      if (isOpen[pair] === 1) {
        atLeast[pair] = Math.max(atLeast[pair]!, distanceOf(space, pairs, pair) / alpha);
        isOpen[pair] = 0;
      }
      offer(lightest, a, pair, atLeast[pair]!);
      offer(lightest, b, pair, atLeast[pair]!);
    }
    left = kept;
    const before = joined;
    for (let own = 0; own < count; own++) {
      const pair = lightest.pairs[own]!;
      if (pair < 0) continue;
      const a = rootOf(sets, i[pair]!);
      const b = rootOf(sets, j[pair]!);
      if (a === b) continue;
      sets[b] = a;
      tree.from[joined] = i[pair]!;
      tree.to[joined] = j[pair]!;
      tree.weights[joined++] = atLeast[pair]!;
      isNeeded[pair] = 1;
    }
    if (joined === before) throw new Error('the pairs do not hold all points together');
    for (let point = 0; point < count; point++) component[point] = rootOf(sets, point);
  }
  return tree;
}

/** For each component, named by its root: its lightest pair with another one. */
interface Lightest {
  readonly weights: Float64Array;
  readonly pairs: Int32Array;
}

/** Takes a pair that is lighter than all before it. */
function offer({ weights, pairs }: Lightest, component: number, pair: number, weight: number): void {
  if (weight >= weights[component]!) return;
  weights[component] = weight;
  pairs[component] = pair;
}

/** What each pair weighs at least, and 1 for those that may weigh more. */
function leastWeights(
  space: MetricSpace,
  { i, j, similarity, distance }: KnownPairs,
  core: Float64Array,
  alpha: number,
): { atLeast: Float64Array; isOpen: Uint8Array } {
  const atLeast = new Float64Array(i.length);
  const isOpen = new Uint8Array(i.length);
  for (let pair = 0; pair < i.length; pair++) {
    const cores = Math.max(core[i[pair]!]!, core[j[pair]!]!);
    const known = distance[pair]!;
    const isKnown = !Number.isNaN(known);
    if (!isKnown && space.distanceAtMost(similarity[pair]!) / alpha > cores) isOpen[pair] = 1;
    atLeast[pair] = Math.max(cores, (isKnown ? known : space.distanceAtLeast(similarity[pair]!)) / alpha);
  }
  return { atLeast, isOpen };
}

/** Disjoint sets of 0 … count − 1 (Tarjan 1975), every element one of its own: each points to its parent, a root to itself. */
export function singletons(count: number): Int32Array {
  const sets = new Int32Array(count);
  for (let element = 0; element < count; element++) sets[element] = element;
  return sets;
}

/** The root of the set of `element`. Paths are halved on the way, so later calls are shorter. */
export function rootOf(sets: Int32Array, element: number): number {
  let at = element;
  while (sets[at] !== at) {
    sets[at] = sets[sets[at]!]!;
    at = sets[at]!;
  }
  return at;
}
