import { type ClusterTree, clusterTree } from './clusterTree.ts';
import { type CondensedTree, condensedTree } from './condensedTree.ts';
import { clusterPersistence, labelPoints } from './labels.ts';
import { condenseLeftOut, coreLeftOut, joinLeftOut, leftOutRows } from './leftOutRows.ts';
import type { HierarchyOptions } from './options.ts';
import { outlierScores } from './outlierScores.ts';
import { type Selection, selectClusters } from './selectClusters.ts';
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
