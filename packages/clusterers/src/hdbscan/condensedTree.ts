import type { SingleLinkageTree } from './singleLinkageTree.ts';

/**
 * The single linkage tree reduced to clusters that split, as rows (parent, child, λ, size), parents before their children.
 * Points are 0 … count − 1, clusters count, count + 1, …; cluster count is the root. λ = 1/distance is when the child leaves the parent,
 * Infinity at distance 0. The two children of a split have consecutive numbers.
 */
export interface CondensedTree {
  /** Number of points. */
  readonly count: number;
  readonly clusterCount: number;
  readonly parents: Int32Array;
  readonly children: Int32Array;
  readonly lambdas: Float64Array;
  /** Points in each child: 1 for a point. */
  readonly sizes: Int32Array;
}

/**
 * The condensed tree (Campello et al. 2013, section 4.1; McInnes & Healy 2017, section 3): walking down from the root, a split is one only if both
 * sides have at least `minClusterSize` points; else the smaller side's points fall out of the cluster.
 */
export function condensedTree(tree: SingleLinkageTree, minClusterSize: number): CondensedTree {
  const { count, left, right, distances } = tree;
  const rows = new Rows(count);
  const sizeOf = (node: number) => (node < count ? 1 : tree.sizes[node - count]!);
  const root = count + left.length - 1;
  // The cluster that each node on the walk belongs to.
  const cluster = new Map<number, number>([[root, count]]);
  let clusterCount = 1;
  const walk = left.length > 0 ? [root] : [];
  for (let at = 0; at < walk.length; at++) {
    const node = walk[at]!;
    const own = cluster.get(node)!;
    const sides = [left[node - count]!, right[node - count]!];
    const distance = distances[node - count]!;
    const lambda = distance > 0 ? 1 / distance : Infinity;
    const isSplit = sides.every((side) => sizeOf(side) >= minClusterSize);
    for (const side of sides) {
      if (sizeOf(side) < minClusterSize) {
        for (const point of pointsUnder(tree, side)) rows.add(own, point, lambda, 1);
        continue;
      }
      if (isSplit) rows.add(own, count + clusterCount, lambda, sizeOf(side));
      cluster.set(side, isSplit ? count + clusterCount++ : own);
      walk.push(side);
    }
    cluster.delete(node);
  }
  return rows.finish(count, clusterCount);
}

/** The points under a node, level by level. */
function pointsUnder({ count, left, right }: SingleLinkageTree, node: number): number[] {
  const walk = [node];
  for (let at = 0; at < walk.length; at++) {
    if (walk[at]! >= count) walk.push(left[walk[at]! - count]!, right[walk[at]! - count]!);
  }
  return walk.filter((each) => each < count);
}

/** Rows being written. Each point has one, and each cluster but the root: less than twice the points in all. */
class Rows {
  readonly #parents: Int32Array;
  readonly #children: Int32Array;
  readonly #lambdas: Float64Array;
  readonly #sizes: Int32Array;
  #length = 0;

  constructor(count: number) {
    this.#parents = new Int32Array(2 * count);
    this.#children = new Int32Array(2 * count);
    this.#lambdas = new Float64Array(2 * count);
    this.#sizes = new Int32Array(2 * count);
  }

  add(parent: number, child: number, lambda: number, size: number): void {
    this.#parents[this.#length] = parent;
    this.#children[this.#length] = child;
    this.#lambdas[this.#length] = lambda;
    this.#sizes[this.#length++] = size;
  }

  finish(count: number, clusterCount: number): CondensedTree {
    return {
      count,
      clusterCount,
      parents: this.#parents.slice(0, this.#length),
      children: this.#children.slice(0, this.#length),
      lambdas: this.#lambdas.slice(0, this.#length),
      sizes: this.#sizes.slice(0, this.#length),
    };
  }
}
