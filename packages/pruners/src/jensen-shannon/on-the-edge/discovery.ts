import { DEVIATION_TO_SD, FALSE_DISCOVERY_RATE, quantileOfHistogram } from '../falseDiscovery.ts';
import { normalTail } from '../normalTail.ts';
import type { EdgeFacts } from './pairs.ts';

/** Bounds of thresholds as `discoveryThresholdOfHistogram` gives them: of that of each pruned cluster and, last, of all clusters together. */
export interface DiscoveryThresholds {
  /** Lower edges of bins; +Infinity where there surely is no threshold. */
  readonly low: Float64Array;
  /** Lower edges of bins; +Infinity where there perhaps is none. */
  readonly high: Float64Array;
}

/** Two histograms of the same similarities: with the edges of all bins lowered, and raised, by as much as noise can move a similarity. */
interface ShiftedCounts {
  readonly lowered: Float64Array;
  readonly raised: Float64Array;
}

/** A kernel that bins in float32 may count a similarity that is nearer than this to an edge on its other side. */
const EDGE_TOLERANCE = 1e-6;

/** Bounds of the thresholds that the rule `fdr` finds, under noise, when similarities are counted in `bins` bins over −1…1. */
export async function discoveryThresholds(facts: EdgeFacts, bins: number): Promise<DiscoveryThresholds> {
  const { clips, points, drift, signal } = facts;
  const groups = clips.clusterOf.map((cluster, clip) => (clips.lone[clip] ? -1 : cluster));
  const groupCount = clips.clusters.length;
  const away = drift.most + 2 * points.tolerance + EDGE_TOLERANCE;
  const countShifted = (by: number) => points.histogram({ groups, groupCount, bins, from: by - 1, to: by + 1, signal });
  const [lowered, raised] = [await countShifted(-away), await countShifted(away)];
  const inCluster = (counts: Float64Array, cluster: number) => counts.subarray(cluster * bins, (cluster + 1) * bins);
  const ofCluster = clips.clusters.map((_, cluster) => ({
    lowered: inCluster(lowered, cluster),
    raised: inCluster(raised, cluster),
  }));
  const together = { lowered: summed(lowered, bins), raised: summed(raised, bins) };
  const found = [...ofCluster, together].map(thresholdsOf);
  return {
    low: Float64Array.from(found, ({ low }) => low),
    high: Float64Array.from(found, ({ high }) => high),
  };
}

function summed(counts: Float64Array, bins: number): Float64Array {
  const sum = new Float64Array(bins);
  for (let at = 0; at < counts.length; at++) sum[at % bins]! += counts[at]!;
  return sum;
}

/**
 * The lowest bin that may be significant under some noise, and the lowest that is under any, by their lower edges. Bins keep the edges that
 * they have unshifted: the number of similarities below an edge then lies between those of the two histograms, and so do quantiles.
 */
function thresholdsOf({ lowered, raised }: ShiftedCounts): { low: number; high: number } {
  const bins = lowered.length;
  const width = 2 / bins;
  const total = lowered.reduce((sum, value) => sum + value, 0);
  if (total === 0) return { low: Infinity, high: Infinity };
  const [leastMean, mostMean] = [quantileOfHistogram(raised, total / 2), quantileOfHistogram(lowered, total / 2)];
  const [leastQuarter, mostQuarter] = [quantileOfHistogram(raised, total / 4), quantileOfHistogram(lowered, total / 4)];
  const leastSd = DEVIATION_TO_SD * Math.max(0, leastMean - mostQuarter);
  const mostSd = DEVIATION_TO_SD * (mostMean - leastQuarter);
  let [low, high] = [Infinity, Infinity];
  // The most and the fewest similarities from the lower edge of the bin above on.
  let [mostBefore, fewestBefore] = [0, 0];
  for (let bin = bins - 1; bin >= 0 && -1 + bin * width > leastMean; bin--) {
    const [edge, centre] = [-1 + bin * width, -1 + (bin + 0.5) * width];
    const most = mostBefore + lowered[bin]!;
    const fewest = fewestBefore + raised[bin]!;
    const significant = (z: number, above: number) => normalTail(z) <= (FALSE_DISCOVERY_RATE * above) / total;
    if (most > fewestBefore && (leastSd === 0 || significant((centre - leastMean) / leastSd, most))) low = edge;
    const isSure = edge > mostMean && fewest > mostBefore && mostSd > 0;
    if (isSure && significant((centre - mostMean) / mostSd, fewest)) high = edge;
    [mostBefore, fewestBefore] = [most, fewest];
  }
  return { low, high };
}
