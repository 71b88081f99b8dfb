import { type LoadedPoints, type Random, sampleIndices } from '@refrain/core';
import type { Clips } from './clips.ts';

const FINEST = 4096;
const COARSEST = 64;
/** At most so many counts in all: 128 MB. */
const MOST_COUNTS = 2 ** 24;
/** So many clips tell how alike those of a larger cluster are: a bin that holds a hundredth of their pairs is off by some hundredth of itself. */
const TELLING = 4096;

/** How many pairs in each cluster have which similarity: one array of bins for each cluster. What was asked for is kept. */
export interface ClusterHistograms {
  /** Of all pairs. */
  all(): Promise<readonly Float64Array[]>;
  /** Of clusters of more than 4096 clips as so many of them, drawn at random, tell; of all pairs where these were counted before. */
  estimated(): Promise<readonly Float64Array[]>;
}

/**
 * Counts of the pairwise similarities inside each pruned cluster, clips that resemble nothing left out: one array of equal bins over −1…1 per cluster. 4096 bins,
 * fewer (a power of two, at least 64) where there are more than 4096 clusters.
 */
export function similarityHistograms(
  { clusters, clusterOf, excluded }: Pick<Clips, 'clusters' | 'clusterOf' | 'excluded'>,
  points: LoadedPoints,
  random: Random,
  signal: AbortSignal,
): ClusterHistograms {
  const affordable = 2 ** Math.floor(Math.log2(MOST_COUNTS / Math.max(1, clusters.length)));
  const bins = Math.max(COARSEST, Math.min(FINEST, affordable));
  const groups = clusterOf.map((cluster, clip) => (excluded[clip] ? -1 : cluster));
  const counted = async (of: Int32Array) => {
    if (clusters.length === 0) return [];
    const counts = await points.histogram({ groups: of, groupCount: clusters.length, bins, from: -1, to: 1, signal });
    return clusters.map((_, cluster) => counts.subarray(cluster * bins, (cluster + 1) * bins));
  };
  let all: Promise<readonly Float64Array[]> | undefined;
  const estimate = async () => {
    const some = groups.slice();
    const factors = sizesOf(groups, clusters.length).map(
      (size) => pairsAmong(size) / pairsAmong(Math.min(size, TELLING)),
    );
    for (const [cluster, factor] of factors.entries())
      if (factor > 1) leaveSome(some, cluster, random.fork(`clips of cluster ${cluster}`));
    const found = await counted(some);
    for (const [cluster, counts] of found.entries())
      if (factors[cluster]! > 1) for (let bin = 0; bin < bins; bin++) counts[bin]! *= factors[cluster]!;
    return found;
  };
  let estimated: Promise<readonly Float64Array[]> | undefined;
  return {
    all: () => {
      all ??= counted(groups);
      return all;
    },
    estimated: () => {
      if (all === undefined) estimated ??= estimate();
      return all ?? estimated!;
    },
  };
}

function sizesOf(groups: Int32Array, count: number): Float64Array {
  const sizes = new Float64Array(count);
  for (const group of groups) if (group >= 0) sizes[group]!++;
  return sizes;
}

const pairsAmong = (clips: number) => (clips * (clips - 1)) / 2;

/** Leaves so many clips as tell enough in a group, drawn at random. */
function leaveSome(groups: Int32Array, group: number, random: Random): void {
  const members = Array.from(groups.keys()).filter((clip) => groups[clip] === group);
  const drawn = new Set(sampleIndices(random, members.length, TELLING));
  for (const [at, clip] of members.entries()) if (!drawn.has(at)) groups[clip] = -1;
}
