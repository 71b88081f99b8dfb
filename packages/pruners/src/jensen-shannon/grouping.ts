import { ConfigError, type LoadedPoints, SIMILARITY_GRID } from '@refrain/core';
import type { Clips } from './clips.ts';
import { formGroups, type RedundancyGroups } from './redundancyGroups.ts';
import { findSimilarPairs, pairsReaching, type SimilarPairs, thresholdsAt } from './similarPairs.ts';
import type { ThresholdRule } from './thresholds.ts';

/** Redundancy groups and what they came from. */
export interface Grouping {
  readonly kappa: number;
  /** θ of each clip. */
  readonly thresholds: Float64Array;
  readonly pairs: SimilarPairs;
  readonly groups: RedundancyGroups;
}

/** The groups of the rule as it stands. */
export async function groupByRule(
  rule: ThresholdRule,
  clips: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<Grouping> {
  const thresholds = thresholdsAt(rule.kappa, rule.base);
  const pairs = await findSimilarPairs(clips, points, thresholds, signal);
  return { kappa: rule.kappa, thresholds, pairs, groups: formGroups(clips, pairs, thresholds) };
}

/**
 * The groups at the highest κ up to the rule's that forms at most `most` of them, found by bisection on a grid of 1e-6: so few that one clip
 * each is not more than wanted. Clips for which the rule found no threshold count from 1. Throws a ConfigError naming the smallest
 * `--keep` when even κ = 0 (or a rule that κ does not move) leaves more.
 */
export async function groupAtMost(
  most: number,
  rule: ThresholdRule,
  clips: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<Grouping> {
  const asked = await groupByRule(rule, clips, points, signal);
  if (asked.groups.leaders.length <= most) return asked;
  const base = rule.base.map((value, clip) => (value === Infinity && !clips.silent[clip] ? 1 : value));
  if (!base.some((value) => value > 0 && value < Infinity)) throw outOfReach(most, asked, clips);

  const regroup = (step: number, pairs: SimilarPairs): Grouping => {
    signal.throwIfAborted();
    const kappa = step / Math.round(1 / SIMILARITY_GRID);
    const thresholds = thresholdsAt(kappa, base);
    const reaching = pairsReaching(pairs, thresholds);
    return { kappa, thresholds, pairs: reaching, groups: formGroups(clips, reaching, thresholds) };
  };
  let high = Math.ceil(rule.kappa / SIMILARITY_GRID);
  let low = high;
  let reached = asked;
  // Gentle steps at first: the pairs grow with the square of the clips when κ falls too far.
  for (let fall = 0.01; reached.groups.leaders.length > most; fall = Math.min(1, 2 * fall)) {
    if (low === 0) throw outOfReach(most, reached, clips);
    high = low;
    low = Math.floor(((1 - fall) * rule.kappa) / SIMILARITY_GRID);
    const pairs = await findSimilarPairs(clips, points, thresholdsAt(low * SIMILARITY_GRID, base), signal);
    reached = regroup(low, pairs);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const grouping = regroup(middle, reached.pairs);
    if (grouping.groups.leaders.length <= most) {
      low = middle;
      reached = grouping;
    } else high = middle;
  }
  return reached;
}

function outOfReach(most: number, { groups }: Grouping, { count, clusters }: Clips): ConfigError {
  const outside = count - clusters.reduce((sum, { members }) => sum + members.length, 0);
  const smallest = Math.ceil(((groups.leaders.length + outside) / count) * 1e4) / 1e4;
  return new ConfigError(
    '--keep',
    `--keep asks for ${most + outside} of ${count} clips, but ${groups.leaders.length + outside} must stay so that every removed clip ` +
      `has a similar one among them: the smallest possible is --keep ${smallest}.`,
  );
}
