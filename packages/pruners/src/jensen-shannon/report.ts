import { type ClusterPruning, onGrid, quantile } from '@refrain/core';
import { divergencesOf, neededBy } from '@refrain/core/pruning';
import type { Choice } from './choice.ts';
import type { Clips } from './clips.ts';
import type { Grouping } from './groups.ts';
import type { PairRule } from './similarPairs.ts';

/** Bins over −1…1 of the histogram that is reported; divides those that are counted. */
const REPORTED_BINS = 64;

/**
 * What happened in each cluster, by label: sizes, the divergences from Q_t before and after over the groups that belong to it, and how similar its clips
 * are. Noise that was left alone is listed with no groups and no divergence.
 */
export function reportClusters(
  clips: Clips,
  { groups, pairs, rule }: Grouping,
  { keptOf, keep }: Pick<Choice, 'keptOf' | 'keep'>,
  t: number,
  histograms: readonly Float64Array[],
): ClusterPruning[] {
  const redundant = redundantPairs(clips, pairs);
  const staying = new Float64Array(clips.clusters.length);
  for (const clip of keep) if (clips.clusterOf[clip]! >= 0) staying[clips.clusterOf[clip]!]!++;
  const reports = clips.clusters.map(({ label, members }, cluster): ClusterPruning => {
    const list = groups.ofCluster[cluster]!;
    const sizes = Array.from(list, (group) => groups.sizes[group]!);
    const kept = Array.from(list, (group) => keptOf[group]!);
    const similarity = similarityOfCluster(histograms[cluster]!, redundant[cluster]!);
    const theta = medianThreshold(members, rule);
    return {
      label,
      size: members.length,
      groups: list.length,
      kept: staying[cluster]!,
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
  { clusters, clusterOf, excluded, representative, copies }: Clips,
  pairs: Grouping['pairs'],
): Float64Array {
  const counts = new Float64Array(clusters.length);
  const weight = (clip: number) => 1 + (copies.get(clip)?.length ?? 0);
  for (let clip = 0; clip < clusterOf.length; clip++) {
    if (clusterOf[clip]! < 0 || excluded[clip] || representative[clip] !== clip) continue;
    counts[clusterOf[clip]!]! += (weight(clip) * (weight(clip) - 1)) / 2;
  }
  for (let pair = 0; pair < pairs.i.length; pair++) {
    if (clusterOf[pairs.i[pair]!] !== clusterOf[pairs.j[pair]!]) continue;
    counts[clusterOf[pairs.i[pair]!]!]! += weight(pairs.i[pair]!) * weight(pairs.j[pair]!);
  }
  return counts;
}

function similarityOfCluster(histogram: Float64Array, redundant: number): ClusterPruning['similarity'] {
  const { pairs, mean, sd } = momentsOf(histogram);
  if (pairs === 0) return undefined;
  return { mean, sd, shareAboveTheta: redundant / pairs, histogram: Array.from(coarsened(histogram, REPORTED_BINS)) };
}

function medianThreshold(members: Uint32Array, rule: PairRule): number | undefined {
  const finite = Float64Array.from(members, (clip) => neededBy(rule, clip, clip)).filter((value) => value < Infinity);
  return finite.length === 0 ? undefined : onGrid(quantile(finite.sort(), 0.5));
}

/** How many pairs a histogram counts, their mean and standard deviation, as if each were in the middle of its bin. */
function momentsOf(histogram: Float64Array): { pairs: number; mean: number; sd: number } {
  const width = 2 / histogram.length;
  let pairs = 0;
  let sum = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    pairs += histogram[bin]!;
    sum += histogram[bin]! * (-1 + (bin + 0.5) * width);
  }
  const mean = sum / pairs;
  let squares = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    squares += histogram[bin]! * (-1 + (bin + 0.5) * width - mean) ** 2;
  }
  return { pairs, mean, sd: Math.sqrt(squares / pairs) };
}

/** The histogram with its bins joined to `bins`, a divisor of their number. */
function coarsened(histogram: Float64Array, bins: number): Float64Array {
  const coarse = new Float64Array(bins);
  const joined = histogram.length / bins;
  for (let bin = 0; bin < histogram.length; bin++) coarse[Math.floor(bin / joined)]! += histogram[bin]!;
  return coarse;
}
