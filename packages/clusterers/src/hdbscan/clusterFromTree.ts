import { DataError, type Matrix, type z } from '@refrain/core';
import { type ClusterTree, type CondensedTree, clusterTree, condensedTree } from './condensedTree.ts';
import type { HierarchyOptions, hdbscanOptions } from './options.ts';
import { clusterPersistence, labelPoints, outlierScores, type Selection, selectClusters } from './selectClusters.ts';
import { type SingleLinkageTree, singleLinkageTree } from './singleLinkageTree.ts';

/** Everything HDBSCAN finds, in float64. */
export interface HdbscanResult {
  /** Cluster of each point, 0 … clusterCount − 1; −1 is noise. */
  readonly labels: Int32Array;
  readonly clusterCount: number;
  /** Strength of each point's membership, 0…1; 0 for noise. */
  readonly probabilities: Float64Array;
  /** GLOSH score of each point, 0…1. */
  readonly outlierScores: Float64Array;
  /** How strongly each cluster stands out, 0…1. */
  readonly persistence: Float64Array;
  readonly singleLinkageTree: SingleLinkageTree;
  readonly condensedTree: CondensedTree;
  /** The clusters of the condensed tree, without its points. */
  readonly clusterTree: ClusterTree;
  /** Which clusters of that tree the labels stand for. */
  readonly selection: Selection;
  /** Core distance of each point, Infinity where it was left out. Absent where only a tree was known. */
  readonly coreDistances?: Float64Array;
}

/**
 * The clusters in a single linkage tree: condensed, selected, labelled. `isBefore` orders points by what they are, so that canonical numbers of
 * clusters don't depend on indices (see CondenseOptions).
 */
export function clusterFromTree(
  tree: SingleLinkageTree,
  options: Omit<HierarchyOptions, 'minSamples' | 'alpha'>,
  isBefore?: (i: number, j: number) => boolean,
): HdbscanResult {
  const condensed = condensedTree(tree, options.minClusterSize, { ties: options.ties, ...(isBefore && { isBefore }) });
  const clusters = clusterTree(condensed);
  const selection = selectClusters(clusters, options);
  const { labels, probabilities } = labelPoints(condensed, clusters, selection, options);
  return {
    labels,
    clusterCount: selection.clusters.length,
    probabilities,
    outlierScores: outlierScores(condensed, clusters),
    persistence: clusterPersistence(labels, condensed, selection),
    singleLinkageTree: tree,
    condensedTree: condensed,
    clusterTree: clusters,
    selection,
  };
}

/**
 * The result for the `used` rows (ascending) as one for `total` rows: those left out are noise with outlier score 1, joined last at
 * distance Infinity.
 */
export function withLeftOut(result: HdbscanResult, used: Uint32Array, total: number): HdbscanResult {
  if (used.length === total) return result;
  const labels = new Int32Array(total).fill(-1);
  const probabilities = new Float64Array(total);
  const scores = new Float64Array(total);
  used.forEach((row, i) => {
    labels[row] = result.labels[i]!;
    probabilities[row] = result.probabilities[i]!;
    scores[row] = result.outlierScores[i]!;
  });
  for (const row of leftOutRows(used, total)) scores[row] = 1;
  return {
    ...result,
    labels,
    probabilities,
    outlierScores: scores,
    singleLinkageTree: joinLeftOut(result.singleLinkageTree, used, total),
    condensedTree: condenseLeftOut(result.condensedTree, used, total),
    ...(result.coreDistances && { coreDistances: coreLeftOut(result.coreDistances, used, total) }),
  };
}

/** The tree of `count` points that nothing joins: for none or one. */
export function barePoints(count: 0 | 1): SingleLinkageTree {
  return singleLinkageTree({ from: new Int32Array(0), to: new Int32Array(0), weights: new Float64Array(0) }, count);
}

/** A clustering with the points it was made from, to ask more of it. */
export interface HdbscanModel {
  /** The points that were clustered. */
  readonly points: Matrix;
  /** What `Hdbscan.fit` found in them. */
  readonly result: HdbscanResult;
  /** The options it had. */
  readonly options: z.input<typeof hdbscanOptions>;
}

/** Throws a DataError if the points are not as many as the result has labels. */
export function checkModel({ points, result }: HdbscanModel): void {
  if (points.rows !== result.labels.length || points.data.length !== points.rows * points.cols) {
    throw new DataError(
      'embeddings',
      `Expected the ${result.labels.length} points that were clustered, got ${points.rows} × ${points.cols} in ${points.data.length} values.`,
    );
  }
}

/** The rows 0 … total − 1 that are not among `used` (ascending), ascending. */
function leftOutRows(used: Uint32Array, total: number): Uint32Array {
  const isUsed = new Uint8Array(total);
  for (const row of used) isUsed[row] = 1;
  return Uint32Array.from({ length: total }, (_, row) => row).filter((row) => isUsed[row] === 0);
}

/** The tree of the `used` rows as one of `total` rows: those left out are joined last, one by one, at distance Infinity. */
function joinLeftOut(tree: SingleLinkageTree, used: Uint32Array, total: number): SingleLinkageTree {
  const leftOut = leftOutRows(used, total);
  const node = (id: number) => (id < tree.count ? used[id]! : id + leftOut.length);
  const merges = tree.left.length;
  const joined: SingleLinkageTree = {
    count: total,
    left: new Int32Array(merges + leftOut.length),
    right: new Int32Array(merges + leftOut.length),
    distances: new Float64Array(merges + leftOut.length).fill(Infinity),
    sizes: new Int32Array(merges + leftOut.length),
  };
  joined.left.set(tree.left.map(node));
  joined.right.set(tree.right.map(node));
  joined.distances.set(tree.distances);
  joined.sizes.set(tree.sizes);
  leftOut.forEach((row, at) => {
    joined.left[merges + at] = row;
    joined.right[merges + at] = total + merges + at - 1;
    joined.sizes[merges + at] = tree.count + at + 1;
  });
  return joined;
}

/** The condensed tree of the `used` rows as one of `total` rows: those left out fall out of the root first, at λ = 0. */
function condenseLeftOut(tree: CondensedTree, used: Uint32Array, total: number): CondensedTree {
  const leftOut = leftOutRows(used, total);
  const shift = (id: number) => (id < tree.count ? used[id]! : id + leftOut.length);
  const before = <T extends Int32Array | Float64Array>(rows: T, first: T): T => {
    first.set(rows, leftOut.length);
    return first;
  };
  const length = leftOut.length + tree.parents.length;
  const children = before(tree.children.map(shift), new Int32Array(length));
  children.set(leftOut);
  return {
    count: total,
    clusterCount: tree.clusterCount,
    parents: before(tree.parents.map(shift), new Int32Array(length).fill(total)),
    children,
    lambdas: before(tree.lambdas, new Float64Array(length)),
    sizes: before(tree.sizes, new Int32Array(length).fill(1)),
  };
}

/** Core distances of the `used` rows as those of `total` rows: Infinity for the others. */
function coreLeftOut(core: Float64Array, used: Uint32Array, total: number): Float64Array {
  const all = new Float64Array(total).fill(Infinity);
  used.forEach((row, i) => {
    all[row] = core[i]!;
  });
  return all;
}
