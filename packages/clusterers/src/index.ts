import { definePlugin } from '@refrain/core';
import { hdbscan } from './hdbscan/hdbscan.ts';
import { kMeans } from './k-means/kMeans.ts';

export { approximatePredict } from './hdbscan/approximatePredict.ts';
export { clusterFromDistances } from './hdbscan/clusterFromDistances.ts';
export { clusterFromTree, type HdbscanResult } from './hdbscan/clusterFromTree.ts';
export { type ClusterTree, clusterTree } from './hdbscan/clusterTree.ts';
export { type CondensedTree, type CondenseOptions, condensedTree } from './hdbscan/condensedTree.ts';
export { type CoreDistances, coreDistances } from './hdbscan/coreDistances.ts';
export { exemplars } from './hdbscan/exemplars.ts';
export { Hdbscan, hdbscan } from './hdbscan/hdbscan.ts';
export { clusterPersistence, type Labelling, labelPoints } from './hdbscan/labels.ts';
export type { Ties } from './hdbscan/mergeParts.ts';
export { type Metric, type MetricSpace, openSpace, usableRows } from './hdbscan/metricSpace.ts';
export { minimumSpanningTree, type SpanningTree, type SpanningTreeOptions } from './hdbscan/minimumSpanningTree.ts';
export type { HdbscanModel } from './hdbscan/model.ts';
export { type HdbscanOptions, type HierarchyOptions, hdbscanOptions, hierarchyOptions } from './hdbscan/options.ts';
export { outlierScores } from './hdbscan/outlierScores.ts';
export { type Selection, type SelectionOptions, selectClusters } from './hdbscan/selectClusters.ts';
export { type SingleLinkageTree, singleLinkageTree } from './hdbscan/singleLinkageTree.ts';
export { type SoftMembership, softMembership } from './hdbscan/softMembership.ts';
export type { Prediction } from './hdbscan/treePlacement.ts';
export { KMeans, kMeans, kMeansOptions } from './k-means/kMeans.ts';

export default definePlugin({ clusterer: [hdbscan, kMeans] });
