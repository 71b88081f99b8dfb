import { type ClusterPruning, onGrid, quantile } from '@refrain/core';
import { divergencesOf } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import type { Grouping } from './grouping.ts';
import { coarsened, momentsOf } from './similarityHistogram.ts';

/** Bins over −1…1 of the histogram that is reported; divides those that are counted. */
const REPORTED_BINS = 64;

/**
 * What happened in each cluster, by label: sizes, the divergences from Q_t before and after, and how similar its clips are. `keptOf` is how
 * many members of each group stay. Noise that was left alone is listed with no groups and no divergence.
 */
export function reportClusters(
  clips: Clips,
  { groups, pairs, thresholds }: Grouping,
  keptOf: Uint32Array,
  t: number,
  histograms: readonly Float64Array[],
): ClusterPruning[] {
  const redundant = redundantPairs(clips, pairs);
  const reports = clips.clusters.map(({ label, members }, cluster): ClusterPruning => {
    const list = groups.ofCluster[cluster]!;
    const sizes = Array.from(list, (group) => groups.members[group]!.length);
    const kept = Array.from(list, (group) => keptOf[group]!);
    const similarity = similarityOfCluster(histograms[cluster]!, redundant[cluster]!);
    const theta = medianThreshold(members, thresholds);
    return {
      label,
      size: members.length,
      groups: list.length,
      kept: kept.reduce((sum, count) => sum + count, 0),
      ...divergencesOf(t, sizes, kept),
      ...(similarity && { similarity }),
      ...(theta !== undefined && { theta }),
    };
  });
  const size = clips.clusterOf.reduce((count, cluster) => count + (cluster < 0 ? 1 : 0), 0);
  const alone = { label: -1, size, groups: 0, kept: size, divergenceBefore: 0, divergenceAfter: 0 };
  return [...(size > 0 ? [alone] : []), ...reports.sort((a, b) => a.label - b.label)];
}

/** How many pairs in each cluster are at or above their θ, where copies count as the clip that stands for them. */
function redundantPairs(
  { clusters, clusterOf, lone, representative, copies }: Clips,
  pairs: Grouping['pairs'],
): Float64Array {
  const counts = new Float64Array(clusters.length);
  const weight = (clip: number) => 1 + (copies.get(clip)?.length ?? 0);
  for (let clip = 0; clip < clusterOf.length; clip++) {
    if (clusterOf[clip]! < 0 || lone[clip] || representative[clip] !== clip) continue;
    counts[clusterOf[clip]!]! += (weight(clip) * (weight(clip) - 1)) / 2;
  }
  for (let pair = 0; pair < pairs.i.length; pair++) {
    counts[clusterOf[pairs.i[pair]!]!]! += weight(pairs.i[pair]!) * weight(pairs.j[pair]!);
  }
  return counts;
}

function similarityOfCluster(histogram: Float64Array, redundant: number): ClusterPruning['similarity'] {
  const { pairs, mean, sd } = momentsOf(histogram);
  if (pairs === 0) return undefined;
  return { mean, sd, shareAboveTheta: redundant / pairs, histogram: Array.from(coarsened(histogram, REPORTED_BINS)) };
}

function medianThreshold(members: Uint32Array, thresholds: Float64Array): number | undefined {
  const finite = Float64Array.from(members, (clip) => thresholds[clip]!).filter((value) => value < Infinity);
  return finite.length === 0 ? undefined : onGrid(quantile(finite.sort(), 0.5));
}
