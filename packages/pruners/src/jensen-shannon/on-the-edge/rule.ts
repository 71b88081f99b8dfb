import type { Clips } from '../clips.ts';
import type { CheckedOptions } from '../options.ts';
import { similarityHistograms } from '../similarityHistogram.ts';
import {
  chooseRule,
  comparable,
  FEWEST_CLIPS,
  FEWEST_PAIRS,
  reliabilityBase,
  type ThresholdRule,
} from '../thresholds.ts';
import { discoveryThresholds } from './discovery.ts';
import type { EdgeFacts, Range } from './pairs.ts';
import { trackKappas } from './tracks.ts';

/** Bounds of a `ThresholdRule`, whatever the noise does. */
export interface RuleRange {
  readonly kappa: { readonly low: number; readonly high: number };
  /** As `ThresholdRule.base`. */
  readonly base: Range;
}

/** Bounds of the rule that `options` ask for; undefined where nothing bounds it. Throws as `chooseRule` does. */
export async function rangeOfRule(options: CheckedOptions, facts: EdgeFacts): Promise<RuleRange | undefined> {
  const { clips, points, signal } = facts;
  const histograms = isDiscovery(options, clips) ? await similarityHistograms(clips, points, signal) : [];
  const rule = await chooseRule(options, clips, histograms, points, signal);
  if (rule.name === 'tracks') return rangeOfTracks(rule, facts);
  const bins = histograms[0]?.length;
  if (rule.name === 'fdr' && bins !== undefined) return rangeOfDiscovery(facts, bins);
  return { kappa: { low: rule.kappa, high: rule.kappa }, base: { low: rule.base, high: rule.base } };
}

/** Whether `chooseRule` will find θ in histograms. */
function isDiscovery({ theta, threshold }: CheckedOptions, { input }: Clips): boolean {
  if (threshold !== undefined) return false;
  return theta === 'fdr' || (theta === 'reliability' && input.reliability === undefined);
}

async function rangeOfTracks(rule: ThresholdRule, facts: EdgeFacts): Promise<RuleRange | undefined> {
  const { clips, isSetOpen } = facts;
  // Where another clip stands for its copies other pairs count.
  if (isSetOpen.includes(1)) return undefined;
  const { reliability, groups } = clips.input;
  const base = comparable(clips, (clip) => reliabilityBase(reliability![clip]!));
  const tracks = groups!.map((group) => group?.track);
  const { low, high } = await trackKappas(facts, base, tracks);
  if (low === undefined) return { kappa: { low: 1, high: 1 }, base: { low: rule.base, high: rule.base } };
  if (low === 0) return undefined;
  // Perhaps no κ is precise enough, and then nothing but copies is redundant.
  if (high === undefined) return { kappa: { low, high: low }, base: { low: base, high: base.map(() => Infinity) } };
  return { kappa: { low, high }, base: { low: base, high: base } };
}

/** A cluster takes its own θ or, where that may be missing, perhaps that of all clusters together. */
async function rangeOfDiscovery(facts: EdgeFacts, bins: number): Promise<RuleRange> {
  const { clips } = facts;
  const { low, high } = await discoveryThresholds(facts, bins);
  // Of each cluster's clips, those that the histograms count.
  const counts = clips.clusters.map(({ members }) => members.filter((clip) => !clips.lone[clip]).length);
  const pairs = counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  const mayPool = pairs >= FEWEST_PAIRS;
  const pooled = { low: mayPool ? low.at(-1)! : Infinity, high: mayPool ? high.at(-1)! : Infinity };
  const thetas = counts.map((count, cluster) => {
    if (count < FEWEST_CLIPS) return pooled;
    const own = { low: low[cluster]!, high: high[cluster]! };
    if (own.low === Infinity) return pooled;
    if (own.high < Infinity) return own;
    // Perhaps it has one, at most 1, and perhaps not.
    return { low: Math.min(own.low, pooled.low), high: Math.max(1, pooled.high) };
  });
  const baseOf = (bound: 'low' | 'high') =>
    comparable(clips, (clip) => thetas[clips.clusterOf[clip]!]?.[bound] ?? Infinity);
  return { kappa: { low: 1, high: 1 }, base: { low: baseOf('low'), high: baseOf('high') } };
}
