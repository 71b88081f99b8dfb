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
  const spread = <T extends Int32Array | Float64Array>(values: T, all: T): T => {
    used.forEach((row, i) => {
      all[row] = values[i]!;
    });
    return all;
  };
  const leftOut = leftOutRows(used, total);
  const { coreDistances } = result;
  return {
    ...result,
    labels: spread(result.labels, new Int32Array(total).fill(-1)),
    probabilities: spread(result.probabilities, new Float64Array(total)),
    outlierScores: spread(result.outlierScores, new Float64Array(total).fill(1)),
    singleLinkageTree: joinLeftOut(result.singleLinkageTree, used, leftOut),
    condensedTree: condenseLeftOut(result.condensedTree, used, leftOut),
    ...(coreDistances && { coreDistances: spread(coreDistances, new Float64Array(total).fill(Infinity)) }),
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

/** The tree of the `used` rows as one of all rows: those left out are joined last, one by one, at distance Infinity. */
function joinLeftOut(tree: SingleLinkageTree, used: Uint32Array, leftOut: Uint32Array): SingleLinkageTree {
  const total = used.length + leftOut.length;
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

/** The condensed tree of the `used` rows as one of all rows: those left out fall out of the root first, at λ = 0. */
function condenseLeftOut(tree: CondensedTree, used: Uint32Array, leftOut: Uint32Array): CondensedTree {
  const total = used.length + leftOut.length;
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
