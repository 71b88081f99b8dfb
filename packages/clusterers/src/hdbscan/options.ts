import { booleanOption, numberOption, z } from '@refrain/core';

/** Chosen on whitened embeddings of music: of 2 … 5 it finds most clusters and leaves least noise (docs/clusters.md). */
const MIN_SAMPLES = 2;

/** The options of HDBSCAN but for the metric. Names and meanings are those of the Python `hdbscan` package, in camelCase; `ties` is ours. */
export const hierarchyOptions = z.object({
  minClusterSize: numberOption((n) => n.int().min(2))
    .default(10)
    .describe('fewest points that make a cluster'),
  minSamples: numberOption((n) => n.int().min(1))
    .default(MIN_SAMPLES)
    .describe(
      'which neighbour, the point itself not counted, gives the core distance: higher leaves more noise; the Python package takes minClusterSize where none is given',
    ),
  alpha: numberOption((n) => n.positive())
    .default(1)
    .describe('divides distances, but not core distances: higher joins clusters earlier'),
  clusterSelectionMethod: z
    .enum(['eom', 'leaf'])
    .default('eom')
    .describe('eom chooses the clusters that last longest, leaf the finest'),
  clusterSelectionEpsilon: numberOption((n) => n.min(0))
    .default(0)
    .describe('clusters are not split below this distance; 0 for off'),
  allowSingleCluster: booleanOption().default(false).describe('whether all points may be one cluster'),
  maxClusterSize: numberOption((n) => n.int().min(0))
    .default(0)
    .describe('eom does not choose clusters of more points than this; 0 for no limit'),
  ties: z
    .enum(['canonical', 'reference'])
    .default('canonical')
    .describe(
      'equal distances: canonical merges them at once, so that the order of points has no say; reference one by one, as the Python package does',
    ),
});

/** The options of HDBSCAN on points. */
export const hdbscanOptions = hierarchyOptions.extend({
  metric: z
    .enum(['euclidean', 'cosine'])
    .default('euclidean')
    .describe('distance between embeddings: |x − y|, or 1 − cos(x, y)'),
});

/** Options of the hierarchy, as a caller may give them. */
export type HierarchyOptions = z.output<typeof hierarchyOptions>;

/** Options of HDBSCAN, parsed. */
export type HdbscanOptions = z.output<typeof hdbscanOptions>;
