import { MergeParts, type Ties } from './mergeParts.ts';
import type { SingleLinkageTree } from './singleLinkageTree.ts';

/**
 * The single linkage tree reduced to clusters that split, as rows (parent, child, λ, size), parents before their children.
 * Points are 0 … count − 1, clusters count, count + 1, …; cluster count is the root. λ = 1/distance is when the child leaves the parent,
 * Infinity at distance 0. The rows of one cluster ascend in λ, and at a split its child clusters come before its points.
 * The children of a split have consecutive numbers.
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

export interface CondenseOptions {
  /** Whether merges of exactly equal distance are one merge of many parts (`canonical`, the default) or come one after the other (`reference`). */
  readonly ties?: Ties;
  /** Whether point i comes before point j. Canonical order of sibling clusters of one size is that of their first points; by index where left out. */
  readonly isBefore?: (i: number, j: number) => boolean;
}

/**
 * The condensed tree (Campello et al. 2013, section 4.1; McInnes & Healy 2017, section 3): walking down from the root, a merge splits a cluster
 * if two or more of the parts it joined have at least `minClusterSize` (≥ 2) points; the points of smaller parts fall out of the cluster.
 *
 * With `canonical` ties the order of points has no say: which points hang together at a distance does not depend on the order of equal merges,
 * so the tree of n-ary merges is a function of the distances. Duplicates of a point have its core distance and lie at distance 0 of it: none of
 * them is joined to anything below that core distance, and at it all of them are. So they are parts of one n-ary merge, each by itself,
 * and leave the same cluster at the same λ.
 */
export function condensedTree(
  tree: SingleLinkageTree,
  minClusterSize: number,
  { ties = 'canonical', isBefore = (i, j) => i < j }: CondenseOptions = {},
): CondensedTree {
  const { count, left, distances } = tree;
  const parts = new MergeParts(tree, minClusterSize, ties, isBefore);
  const rows = new Rows(count);
  // The merges on the walk and the cluster that each belongs to.
  const walk = new Int32Array(left.length + 1);
  const clusters = new Int32Array(left.length + 1);
  walk[0] = count + left.length - 1;
  clusters[0] = count;
  let clusterCount = 1;
  let end = left.length > 0 ? 1 : 0;
  for (let at = 0; at < end; at++) {
    const merge = walk[at]!;
    const own = clusters[at]!;
    const distance = distances[merge - count]!;
    const lambda = distance > 0 ? 1 / distance : Infinity;
    parts.take(merge);
    const isSplit = parts.large.length > 1;
    for (const part of parts.large) {
      const cluster = isSplit ? count + clusterCount++ : own;
      if (isSplit) rows.add(own, cluster, lambda, tree.sizes[part - count]!);
      walk[end] = part;
      clusters[end++] = cluster;
    }
    for (let i = 0; i < parts.pointCount; i++) rows.add(own, parts.points[i]!, lambda, 1);
  }
  return rows.finish(count, clusterCount);
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
