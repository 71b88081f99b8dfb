import { definePlugin } from '@refrain/core';
import { hdbscan } from './hdbscan/hdbscan.ts';
import { kMeans } from './k-means/kMeans.ts';

export { approximatePredict, type Prediction } from './hdbscan/approximatePredict.ts';
export { clusterFromDistances } from './hdbscan/clusterFromDistances.ts';
export { clusterFromTree, type HdbscanModel, type HdbscanResult } from './hdbscan/clusterFromTree.ts';
export {
  type ClusterTree,
  type CondensedTree,
  type CondenseOptions,
  clusterTree,
  condensedTree,
} from './hdbscan/condensedTree.ts';
export { Hdbscan, hdbscan } from './hdbscan/hdbscan.ts';
export { type Metric, type MetricSpace, openSpace, usableRows } from './hdbscan/metricSpace.ts';
export { minimumSpanningTree, type ReachabilityTree, type SpanningTreeOptions } from './hdbscan/minimumSpanningTree.ts';
export { type HdbscanOptions, type HierarchyOptions, hdbscanOptions, hierarchyOptions } from './hdbscan/options.ts';
export {
  clusterPersistence,
  type Labelling,
  labelPoints,
  outlierScores,
  type Selection,
  type SelectionOptions,
  selectClusters,
} from './hdbscan/selectClusters.ts';
export { type SingleLinkageTree, singleLinkageTree, type Ties } from './hdbscan/singleLinkageTree.ts';
export { exemplars, type SoftMembership, softMembership } from './hdbscan/softMembership.ts';
export type { SpanningTree } from './hdbscan/spanningTree.ts';
export { KMeans, kMeans, kMeansOptions } from './k-means/kMeans.ts';

export default definePlugin({ clusterer: [hdbscan, kMeans] });
