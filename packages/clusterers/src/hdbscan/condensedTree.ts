import { mergeParts, type SingleLinkageTree, type Ties } from './singleLinkageTree.ts';

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

/** How a tree of merges is condensed. */
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
  const parts = mergeParts(tree, minClusterSize, ties, isBefore);
  // Each point has a row, and each cluster but the root: less than twice the points in all.
  const parents = new Int32Array(2 * count);
  const children = new Int32Array(2 * count);
  const lambdas = new Float64Array(2 * count);
  const sizes = new Int32Array(2 * count);
  let length = 0;
  const addRow = (parent: number, child: number, lambda: number, size: number) => {
    parents[length] = parent;
    children[length] = child;
    lambdas[length] = lambda;
    sizes[length++] = size;
  };
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
    const pointCount = parts.take(merge);
    const isSplit = parts.large.length > 1;
    for (const part of parts.large) {
      const cluster = isSplit ? count + clusterCount++ : own;
      if (isSplit) addRow(own, cluster, lambda, tree.sizes[part - count]!);
      walk[end] = part;
      clusters[end++] = cluster;
    }
    for (let i = 0; i < pointCount; i++) addRow(own, parts.points[i]!, lambda, 1);
  }
  return {
    count,
    clusterCount,
    parents: parents.slice(0, length),
    children: children.slice(0, length),
    lambdas: lambdas.slice(0, length),
    sizes: sizes.slice(0, length),
  };
}

/** Where and when each point leaves the condensed tree. */
export interface Departures {
  /** Number in the cluster tree of the cluster that each point falls out of; −1 for a single point, which is in no tree. */
  readonly clusters: Int32Array;
  /** λ at which it does. */
  readonly lambdas: Float64Array;
}

/** The departures of all points of a condensed tree. */
export function departures({ count, parents, children, lambdas }: CondensedTree): Departures {
  const left: Departures = { clusters: new Int32Array(count).fill(-1), lambdas: new Float64Array(count) };
  for (let row = 0; row < parents.length; row++) {
    const point = children[row]!;
    if (point >= count) continue;
    left.clusters[point] = parents[row]! - count;
    left.lambdas[point] = lambdas[row]!;
  }
  return left;
}

/** The clusters of a condensed tree without their points; cluster c here is count + c there, so 0 is the root and parents come before children. */
export interface ClusterTree {
  readonly clusterCount: number;
  /** −1 for the root. */
  readonly parents: Int32Array;
  /** The first of its children, which have consecutive numbers; 0 for none. */
  readonly firstChildren: Int32Array;
  /** How many children it has: 0, 2 or, at a merge of many parts, more. */
  readonly childCounts: Int32Array;
  /** λ at which each cluster splits off its parent; 0 for the root. */
  readonly births: Float64Array;
  /** Largest λ at which something leaves the cluster. */
  readonly deaths: Float64Array;
  /** Points in each cluster; the root's is the sum of its child clusters', as in the Python `hdbscan` package. */
  readonly sizes: Int32Array;
  /** Excess of mass: Σ over what leaves the cluster of (λ − birth)·size (Campello et al. 2013, section 5.1). */
  readonly stabilities: Float64Array;
}

/** The cluster tree of a condensed tree. */
export function clusterTree({ count, clusterCount, parents, children, lambdas, sizes }: CondensedTree): ClusterTree {
  const tree: ClusterTree = {
    clusterCount,
    parents: new Int32Array(clusterCount).fill(-1),
    firstChildren: new Int32Array(clusterCount),
    childCounts: new Int32Array(clusterCount),
    births: new Float64Array(clusterCount),
    deaths: new Float64Array(clusterCount),
    sizes: new Int32Array(clusterCount),
    stabilities: new Float64Array(clusterCount),
  };
  for (let row = 0; row < parents.length; row++) {
    const parent = parents[row]! - count;
    tree.deaths[parent] = Math.max(tree.deaths[parent]!, lambdas[row]!);
    if (children[row]! < count) continue;
    const child = children[row]! - count;
    tree.parents[child] = parent;
    if (tree.firstChildren[parent] === 0) tree.firstChildren[parent] = child;
    tree.childCounts[parent]! += 1;
    tree.births[child] = lambdas[row]!;
    tree.sizes[child] = sizes[row]!;
    if (parent === 0) tree.sizes[0]! += sizes[row]!;
  }
  for (let row = 0; row < parents.length; row++) {
    const parent = parents[row]! - count;
    tree.stabilities[parent]! += (lambdas[row]! - tree.births[parent]!) * sizes[row]!;
  }
  return tree;
}

/** Finds ancestors in a cluster tree in a number of steps that grows with the logarithm of its depth. */
export interface Ancestors {
  /** The nearest of `cluster` and its ancestors that was born at a smaller λ than this; the root where there is none. */
  bornBefore(cluster: number, lambda: number): number;
}

/** The ancestors in a tree whose parents come before their children, by jump pointers (Myers 1983, "An applicative random-access stack"). */
export function ancestors({ clusterCount, parents, births }: ClusterTree): Ancestors {
  const depths = new Int32Array(clusterCount);
  const jumps = new Int32Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) {
    const parent = parents[cluster]!;
    const jump = jumps[parent]!;
    depths[cluster] = depths[parent]! + 1;
    const isEqualStep = depths[parent]! - depths[jump]! === depths[jump]! - depths[jumps[jump]!]!;
    jumps[cluster] = isEqualStep ? jumps[jump]! : parent;
  }
  return {
    bornBefore: (cluster, lambda) => {
      let at = cluster;
      // Births never fall on the way down, so a jump that lands on a late birth passes no early one.
      while (at > 0 && births[at]! >= lambda) at = births[jumps[at]!]! >= lambda ? jumps[at]! : parents[at]!;
      return at;
    },
  };
}
