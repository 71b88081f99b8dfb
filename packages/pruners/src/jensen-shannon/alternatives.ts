import { type LoadedPoints, onGrid, type PruningAlternative, quantile } from '@refrain/core';
import { chooseClips } from './choice.ts';
import type { Clips } from './clips.ts';
import { type Grouping, regroup } from './grouping.ts';
import { findSimilarPairs, thresholdsAt } from './similarPairs.ts';
import { quotasForTarget, sizeClasses } from './sizeClasses.ts';

/** The κ that are looked at, as multiples of the one used. */
const STEPS = [1.04, 1.02, 1, 0.98, 0.96, 0.94, 0.92, 0.9];

/** Pairs grow steeply as κ falls: a step that would have to look at more of them than this is left out. */
const MOST_PAIRS = 1_000_000;

/**
 * What would be kept at a higher and a lower κ, at the same t, by falling κ. `histograms` are those of the clusters' similarities: they tell
 * beforehand how many pairs a κ would bring. Empty where no clip has a threshold.
 */
export async function alternativesTo(
  grouping: Grouping,
  t: number,
  clips: Clips,
  histograms: readonly Float64Array[],
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<PruningAlternative[]> {
  const base = grouping.base.filter((value) => value > 0 && value < Infinity).sort();
  if (base.length === 0) return [];
  const typical = quantile(base, 0.25);
  const kappas = STEPS.map((step) => onGrid(step * grouping.kappa)).filter(
    (kappa) => kappa >= grouping.kappa || pairsFrom(histograms, kappa * typical) <= MOST_PAIRS,
  );
  const lowest = thresholdsAt(kappas.at(-1)!, grouping.base);
  const pairs = await findSimilarPairs(clips, points, lowest, signal);
  return kappas.map((kappa) => {
    signal.throwIfAborted();
    const { thresholds, ...found } = regroup(kappa, grouping.base, pairs, clips);
    const quotas = quotasForTarget(t, sizeClasses(clips, found.groups));
    const { keep, worst } = chooseClips(clips, { thresholds, ...found }, quotas);
    const theta = quantile(thresholds.filter((value) => value < Infinity).sort(), 0.5);
    return { kappa, theta, keep, ...(worst < Infinity && { worstPartnerSimilarity: worst }) };
  });
}

/** How many pairs are at least as similar as `from`, to the width of a bin. */
function pairsFrom(histograms: readonly Float64Array[], from: number): number {
  let pairs = 0;
  for (const counts of histograms) {
    const first = Math.max(0, Math.floor(((from + 1) / 2) * counts.length));
    for (let bin = first; bin < counts.length; bin++) pairs += counts[bin]!;
  }
  return pairs;
}
