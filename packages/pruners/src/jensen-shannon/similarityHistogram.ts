import type { LoadedPoints } from '@refrain/core';
import type { Clips } from './clips.ts';

const FINEST = 4096;
const COARSEST = 64;
/** At most so many counts in all: 128 MB. */
const MOST_COUNTS = 2 ** 24;

/**
 * Counts of the pairwise similarities inside each pruned cluster, clips that resemble nothing left out: one array of equal bins over −1…1 per cluster. 4096 bins,
 * fewer (a power of two, at least 64) where there are more than 4096 clusters.
 */
export async function similarityHistograms(
  { clusters, clusterOf, lone }: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<Float64Array[]> {
  if (clusters.length === 0) return [];
  const affordable = 2 ** Math.floor(Math.log2(MOST_COUNTS / clusters.length));
  const bins = Math.max(COARSEST, Math.min(FINEST, affordable));
  const groups = clusterOf.map((cluster, clip) => (lone[clip] ? -1 : cluster));
  const counts = await points.histogram({ groups, groupCount: clusters.length, bins, from: -1, to: 1, signal });
  return clusters.map((_, cluster) => counts.subarray(cluster * bins, (cluster + 1) * bins));
}

/** How many pairs a histogram counts, their mean and standard deviation, as if each were in the middle of its bin. */
export function momentsOf(histogram: Float64Array): { pairs: number; mean: number; sd: number } {
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
export function coarsened(histogram: Float64Array, bins: number): Float64Array {
  const coarse = new Float64Array(bins);
  const joined = histogram.length / bins;
  for (let bin = 0; bin < histogram.length; bin++) coarse[Math.floor(bin / joined)]! += histogram[bin]!;
  return coarse;
}
