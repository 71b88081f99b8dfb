import type { GroupCount, LoadedPoints } from '@refrain/core';
import type { Clips } from './clips.ts';

const FINEST = 4096;
const COARSEST = 64;
/** At most so many counts in all: 128 MB. */
const MOST_COUNTS = 2 ** 24;

/** What is counted of the similarities inside clusters, and, once that is done, how many there are. */
export interface ClusterHistograms {
  readonly query: GroupCount;
  /** One array of bins for each cluster, counted now where nobody has done so yet. */
  get(): Promise<readonly Float64Array[]>;
  /** Takes what was counted together with something else. */
  set(counts: Float64Array): void;
}

/**
 * Counts of the pairwise similarities inside each pruned cluster, clips that resemble nothing left out: one array of equal bins over −1…1 per cluster. 4096 bins,
 * fewer (a power of two, at least 64) where there are more than 4096 clusters.
 */
export function similarityHistograms(
  { clusters, clusterOf, excluded }: Pick<Clips, 'clusters' | 'clusterOf' | 'excluded'>,
  points: LoadedPoints,
  signal: AbortSignal,
): ClusterHistograms {
  const affordable = 2 ** Math.floor(Math.log2(MOST_COUNTS / Math.max(1, clusters.length)));
  const bins = Math.max(COARSEST, Math.min(FINEST, affordable));
  const groups = clusterOf.map((cluster, clip) => (excluded[clip] ? -1 : cluster));
  const query = { groups, groupCount: clusters.length, bins, from: -1, to: 1 };
  let counted: Float64Array | undefined;
  return {
    query,
    get: async () => {
      if (clusters.length === 0) return [];
      counted ??= await points.histogram({ ...query, signal });
      return clusters.map((_, cluster) => counted!.subarray(cluster * bins, (cluster + 1) * bins));
    },
    set: (counts) => {
      counted = counts;
    },
  };
}
