import type { CandidateLists } from './candidateLists.ts';
import {
  coreDistances,
  type MutualReachability,
  mutualReachability,
  searchOutside,
  settledWeight,
  toMutualReachability,
} from './coreDistances.ts';
import { type MetricSpace, unwatched, type Watch } from './metricSpace.ts';

/** The edges of a tree, in no particular order: one less than there are points. */
export interface SpanningTree {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
}

/** A spanning tree under mutual reachability, and the core distance of every point. */
export interface ReachabilityTree extends SpanningTree {
  readonly core: Float64Array;
}

export interface SpanningTreeOptions {
  /** Which neighbour's distance is the core distance; must be below the number of points. */
  readonly minSamples: number;
  /** What distances are divided by; core distances are not. */
  readonly alpha: number;
  readonly watch?: Watch;
}

// Longer lists save searches and cost inserts; 14 more than minSamples took least time at 10 000 and 20 000 points.
const SPARE_PLACES = 14;

/**
 * A minimum spanning tree of the points under mutual reachability, max(core_i, core_j, distance_ij / alpha)
 * (Campello et al. 2013, definition 3), exact in float64.
 *
 * Borůvka's algorithm (1926) on lists of near neighbours: a component is joined by its lightest listed edge only where that is certified,
 * that is, not heavier than any edge outside the lists can be. When no component is certified, the kernel searches anew, for the
 * uncertified points of all components but the largest, the nearest points in other components.
 * Where many points lie so near each other that float32 can't rank them, the lists asked for grow until it need not.
 */
export async function minimumSpanningTree(space: MetricSpace, options: SpanningTreeOptions): Promise<ReachabilityTree> {
  const { minSamples, alpha, watch = unwatched } = options;
  const { count } = space;
  const listSize = Math.min(count, minSamples + SPARE_PLACES);
  const cores = await coreDistances(space, minSamples, listSize, watch);
  const { lists } = cores;
  const reachability = mutualReachability(cores.core, alpha);
  toMutualReachability(cores, reachability);
  const forest = new Forest(count);
  let searchSize = listSize;
  let searched = false;
  while (forest.edges < count - 1) {
    const lightest = lightestEdges(space, reachability, lists, forest.component);
    const joined = forest.join(lightest);
    if (joined > 0) {
      searched = false;
      continue;
    }
    searchSize = searched ? Math.min(count, 2 * searchSize) : listSize;
    searched = true;
    const rows = forest.uncertified(lightest, lists.bounds);
    await searchOutside(space, reachability, lists, rows, forest.component, searchSize, watch);
  }
  return { ...forest.tree, core: cores.core };
}

/** For each component, named by its root: its lightest listed edge to another one, and how light one outside the lists can be. */
interface LightestEdges {
  readonly weights: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly bounds: Float64Array;
}

function lightestEdges(
  space: MetricSpace,
  reachability: MutualReachability,
  lists: CandidateLists,
  component: Int32Array,
): LightestEdges {
  const { size, indices, atLeast, bounds } = lists;
  const count = component.length;
  const lightest: LightestEdges = {
    weights: new Float64Array(count).fill(Infinity),
    from: new Int32Array(count).fill(-1),
    to: new Int32Array(count).fill(-1),
    bounds: new Float64Array(count).fill(Infinity),
  };
  for (let i = 0; i < count; i++) {
    const own = component[i]!;
    if (bounds[i]! < lightest.bounds[own]!) lightest.bounds[own] = bounds[i]!;
    for (let at = i * size; at < (i + 1) * size && indices[at]! >= 0; at++) {
      const j = indices[at]!;
      const other = component[j]!;
      if (other === own) continue;
      const least = atLeast[at]!;
      if (least > lightest.weights[own]! && least > lightest.weights[other]!) continue;
      const weight = settledWeight(space, reachability, lists, i, at);
      if (weight <= lightest.weights[own]!) offer(lightest, own, i, j, weight);
      if (weight <= lightest.weights[other]!) offer(lightest, other, i, j, weight);
    }
  }
  return lightest;
}

/** Takes an edge that is not heavier than the lightest so far; of equal ones that with the lower ends, so that edges have one order everywhere. */
function offer({ weights, from, to }: LightestEdges, component: number, i: number, j: number, weight: number): void {
  const low = Math.min(i, j);
  const high = Math.max(i, j);
  if (weight === weights[component]) {
    const known = from[component]!;
    if (known >= 0 && (known < low || (known === low && to[component]! <= high))) return;
  }
  weights[component] = weight;
  from[component] = low;
  to[component] = high;
}

/** The components grown so far and the edges that hold them together. */
class Forest {
  readonly tree: SpanningTree;
  /** Root of the component of each point. */
  readonly component: Int32Array;
  edges = 0;
  readonly #sets: Int32Array;
  readonly #sizes: Int32Array;

  constructor(count: number) {
    const edges = Math.max(0, count - 1);
    this.tree = { from: new Int32Array(edges), to: new Int32Array(edges), weights: new Float64Array(edges) };
    this.component = singletons(count);
    this.#sets = singletons(count);
    this.#sizes = new Int32Array(count).fill(1);
  }

  /** Joins every certified component by its lightest edge; returns how many edges that added. */
  join({ weights, from, to, bounds }: LightestEdges): number {
    const before = this.edges;
    for (let root = 0; root < this.component.length; root++) {
      if (this.component[root] !== root || from[root]! < 0 || weights[root]! > bounds[root]!) continue;
      this.#addEdge(from[root]!, to[root]!, weights[root]!);
    }
    for (let i = 0; i < this.component.length; i++) this.component[i] = rootOf(this.#sets, i);
    return this.edges - before;
  }

  #addEdge(i: number, j: number, weight: number): void {
    const a = rootOf(this.#sets, i);
    const b = rootOf(this.#sets, j);
    if (a === b) return;
    const [large, small] = this.#sizes[a]! >= this.#sizes[b]! ? [a, b] : [b, a];
    this.#sets[small] = large;
    this.#sizes[large]! += this.#sizes[small]!;
    this.tree.from[this.edges] = i;
    this.tree.to[this.edges] = j;
    this.tree.weights[this.edges++] = weight;
  }

  /** The points that keep their component from being certified, but for those of the largest: the others will join it. */
  uncertified({ weights }: LightestEdges, bounds: Float64Array): Uint32Array {
    const { component } = this;
    let largest = component[0]!;
    for (const root of component) if (this.#sizes[root]! > this.#sizes[largest]!) largest = root;
    const points = Uint32Array.from({ length: component.length }, (_, i) => i);
    return points.filter((i) => component[i] !== largest && bounds[i]! < weights[component[i]!]!);
  }
}

/** Disjoint sets of 0 … count − 1 (Tarjan 1975), every element one of its own: each points to its parent, a root to itself. */
export function singletons(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
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
