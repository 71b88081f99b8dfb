import type { AlongQuery, ScoreCount, ScoreCounts } from '@refrain/core';
import { grownPairs } from '@refrain/core/reductions';
import { type CoreDistances, coreDistances } from './coreDistances.ts';
import { allPairs, type KnownPairs, knownPairs, somePairs } from './knownPairs.ts';
import { leafOrder } from './leafOrder.ts';
import { type MetricSpace, unwatched, type Watch } from './metricSpace.ts';
import { nearbyPairs } from './nearbyPairs.ts';
import { ScoreSum } from './scoreSum.ts';
import { singleLinkageTree } from './singleLinkageTree.ts';
import { rootOf, type SpanningTree, singletons, spanningTree } from './spanningTree.ts';

/** A spanning tree under mutual reachability, and the core distance of every point. */
export interface ReachabilityTree extends SpanningTree {
  readonly core: Float64Array;
  /** Those that were to be counted, where all pairs were looked at and the kernel counted them. */
  readonly scores?: ScoreCounts;
}

/** Between which distances the tree spans. */
export interface SpanningTreeOptions {
  /** Which neighbour's distance is the core distance; must be below the number of points. */
  readonly minSamples: number;
  /** What distances are divided by; core distances are not. */
  readonly alpha: number;
  /** Of up to so many points the similarities of all pairs are held at once, default 2048. */
  readonly few?: number;
  /** Scores of the kernel's similarities to be counted on the way, where that costs little. */
  readonly scores?: ScoreCount;
  readonly watch?: Watch;
}

// Their similarities are 16 MiB.
const FEW = 2048;

/**
 * The minimum spanning tree of the points under mutual reachability, max(core_i, core_j, distance_ij / alpha)
 * (Campello et al. 2013, definition 3), exact in float64; of equal weights the pair with the lower points comes first.
 *
 * A pair that weighs more than each edge between its ends in some spanning tree is not in the minimum one (the cycle rule), also where the edges of
 * that tree were weighed with upper bounds of the core distances. So a tree of near pairs is made first. In the order of its leaves the heaviest edge
 * between two points is the heaviest of those merges that lie between them: one search along the order finds all pairs that are not ruled out, and
 * with them the nearest points of each. Where they are more than there is room for, the tree is made again with those found so far.
 * Few points need no such search: see grownPairs.
 */
export async function minimumSpanningTree(space: MetricSpace, options: SpanningTreeOptions): Promise<ReachabilityTree> {
  const { minSamples, alpha, few = FEW, watch = unwatched } = options;
  if (space.count <= few) {
    const pairs = await fewPairs(space, options);
    if (pairs !== undefined) return treeOf(space, pairs, minSamples, alpha);
  }
  const near = await nearbyPairs(space.loaded, minSamples, watch(space.count));
  if (alpha <= 1) return new Search(space, options, near).run();
  // Distances are then so light that without the core distances too little is ruled out.
  const first = new Search(space, { ...options, alpha: 1 }, near);
  const { core, scores } = await first.run();
  const { scores: _, ...others } = options;
  return { ...(await new Search(space, others, first.known, core).run()), ...(scores && { scores }) };
}

// Pairs for which there is room, for each point and each that its core distance takes; some two of the latter are found where all goes well.
const ROOM_PER_POINT = 8;
const ROOM_PER_SAMPLE = 3;
// Scores are asked for where memory is not limited. With so many times more room one search does more often, and each begins with a new tree.
const ROOM_WITH_SCORES = 3;

function roomFor({ count }: MetricSpace, { minSamples, scores }: SpanningTreeOptions): number {
  return count * (ROOM_PER_POINT + ROOM_PER_SAMPLE * minSamples) * (scores === undefined ? 1 : ROOM_WITH_SCORES);
}

// After rows with too many pairs so many times fewer are looked at.
const FEWER = 8;

/** The pairs of few points that may be in the minimum spanning tree, and the nearest of each. Undefined where they are more than there is room for. */
async function fewPairs(space: MetricSpace, options: SpanningTreeOptions): Promise<KnownPairs | undefined> {
  const { minSamples, alpha, watch = unwatched } = options;
  const pairs = await grownPairs(space.loaded, {
    k: minSamples,
    // Edges weigh this at most, over alpha where that is below 1, and only pairs nearer than alpha times that can weigh less.
    floorOf: (similarity) => space.similarityAtLeast(Math.max(1, alpha) * space.distanceAtMost(similarity)),
    most: roomFor(space, options),
    ...watch(space.count),
  });
  return pairs && knownPairs(pairs);
}

/** The tree of pairs that hold it and the nearest points of each. */
function treeOf(space: MetricSpace, pairs: KnownPairs, minSamples: number, alpha: number): ReachabilityTree {
  const { core, isNeeded } = coreDistances(space, pairs, minSamples);
  return { ...withoutChoice(spanningTree(space, pairs, core, alpha, isNeeded)), core };
}

/** Points in the order of the leaves, and how similar those must be that may be joined across each gap. */
type Along = Pick<AlongQuery, 'order' | 'floors'>;

/** The search for all pairs that may be in the minimum spanning tree, from pairs that hold all points together. */
class Search {
  /** Pairs that hold all points together, and those that core distances hang on. */
  known: KnownPairs;
  readonly #space: MetricSpace;
  readonly #options: SpanningTreeOptions;
  /** Where core distances are known beforehand. */
  readonly #core: Float64Array | undefined;
  /** How many pairs may be found at once. */
  readonly #room: number;
  /** 1 for points all of whose pairs were looked at. */
  readonly #isDone: Uint8Array;
  #left: number;
  /** Of all pairs that were looked at and will not be again; undefined where none are asked for. */
  readonly #scores: ScoreSum | undefined;
  /** Pairs that were looked at and will be again. */
  #wasted = 0;

  constructor(space: MetricSpace, options: SpanningTreeOptions, near: KnownPairs, core?: Float64Array) {
    const { count } = space;
    this.known = near;
    this.#space = space;
    this.#options = options;
    this.#core = core;
    this.#room = roomFor(space, options);
    this.#isDone = new Uint8Array(count);
    this.#left = count;
    this.#scores = options.scores && new ScoreSum(options.scores);
  }

  async run(): Promise<ReachabilityTree> {
    let aim = Infinity;
    for (;;) {
      const { core, isNeeded } = this.#cores(this.known);
      const tree = spanningTree(this.#space, this.known, core, this.#options.alpha, isNeeded);
      this.known = somePairs(this.known, (pair) => isNeeded[pair] === 1);
      if (this.#left === 0) {
        const scores = this.#scores?.of(this.#space.count);
        return { ...withoutChoice(tree), core, ...(scores && { scores }) };
      }
      aim = await this.#look(this.#along(tree, core), this.#rowsFor(aim));
    }
  }

  /** Looks at all pairs of the first rows, until too many are found. Returns how many pairs to look at next time. */
  async #look({ order, floors }: Along, rows: number): Promise<number> {
    const asked = this.#pairsOf(rows);
    const { watch = unwatched } = this.#options;
    const { onProgress, ...watched } = watch(rows);
    let share = 0;
    const found = await this.#space.loaded.pairsAlong({
      order,
      floors,
      rows,
      most: this.#room,
      ...(this.#scores && { scores: this.#scores.asked }),
      ...watched,
      onProgress: (done) => {
        share = done;
        onProgress?.(done);
      },
    });
    this.#scores?.add(found.scores);
    this.#wasted += share * asked - this.#pairsOf(found.rows);
    this.known = allPairs(this.#without(this.known, order.subarray(0, found.rows)), knownPairs(found));
    // With what was found there will be fewer.
    if (found.rows < rows) return found.rows === 0 ? asked / FEWER : Infinity;
    return (asked * this.#room) / (2 * found.i.length + 1);
  }

  #cores(known: KnownPairs): CoreDistances {
    if (this.#core !== undefined) return { core: this.#core, isNeeded: new Uint8Array(known.i.length) };
    return coreDistances(this.#space, known, this.#options.minSamples);
  }

  /** The points that are left in the order of the tree's leaves, and how similar two that may be joined must be. */
  #along(tree: SpanningTree, core: Float64Array): Along {
    const { alpha } = this.#options;
    const { order, merged } = leafOrder(singleLinkageTree(tree, core.length), (point) => this.#isDone[point] === 0);
    // Whatever is nearer to a point than its core distance is needed to find that, too.
    const reach = (at: number) => Math.max(alpha * merged[at]!, core[order[at]!]!, core[order[at + 1]!]!);
    // Points at distance 0 are joined as lightly as can be.
    const floor = (at: number) => (reach(at) === 0 ? Infinity : this.#space.similarityAtLeast(reach(at)));
    return { order, floors: Float32Array.from(merged, (_, at) => floor(at)) };
  }

  /** How many of the points that are left have some `aim` pairs: none more than there is room for where so many were looked at for nothing. */
  #rowsFor(aim: number): number {
    const left = this.#left;
    const surely = Math.max(1, Math.floor(this.#room / left));
    const rows = aim >= this.#pairsOf(left) ? left : Math.floor(left - Math.sqrt(left * left - 2 * aim));
    const { count } = this.#space;
    const isAffordable = this.#wasted + this.#pairsOf(Math.min(left, rows)) <= (count * (count - 1)) / 2;
    return Math.min(left, isAffordable ? Math.max(surely, rows) : surely);
  }

  /** Pairs that so many of the points that are left have with each other and with the rest of them. */
  #pairsOf(rows: number): number {
    return rows * this.#left - (rows * (rows + 1)) / 2;
  }

  /** The pairs but those that are found again now that these points are done, if they matter; pairs at distance 0 are not looked for. */
  #without(known: KnownPairs, points: Uint32Array): KnownPairs {
    const before = this.#isDone.slice();
    for (const point of points) this.#isDone[point] = 1;
    this.#left -= points.length;
    return somePairs(known, (pair) => {
      const [i, j] = [known.i[pair]!, known.j[pair]!];
      const isFoundAgain = before[i] === 0 && before[j] === 0 && (this.#isDone[i] === 1 || this.#isDone[j] === 1);
      return !isFoundAgain || known.distance[pair] === 0;
    });
  }
}

/**
 * The tree with those of its points that lie at distance 0 of each other joined to the one of the lowest index. All their pairs weigh the same, but
 * not all were looked for, so which of them are in the tree depends on what was found first.
 */
function withoutChoice({ from, to, weights }: SpanningTree): SpanningTree {
  const lowest = singletons(weights.length + 1);
  weights.forEach((weight, edge) => {
    if (weight > 0) return;
    const [a, b] = [rootOf(lowest, from[edge]!), rootOf(lowest, to[edge]!)];
    lowest[Math.max(a, b)] = Math.min(a, b);
  });
  const chosen = { from: from.slice(), to: to.slice(), weights };
  const free = Array.from(lowest.keys()).filter((point) => lowest[point] !== point);
  let next = 0;
  weights.forEach((weight, edge) => {
    if (weight > 0) return;
    chosen.to[edge] = free[next++]!;
    chosen.from[edge] = rootOf(lowest, chosen.to[edge]!);
  });
  return chosen;
}
