import { ConfigError, type LoadedPoints, SIMILARITY_GRID } from '@refrain/core';
import type { SimilarPairs } from '@refrain/core/pruning';
import { allClips, smallestShare } from '../shares.ts';
import type { Clips } from './clips.ts';
import { countGroups, formGroups, type RedundancyGroups } from './redundancyGroups.ts';
import { fallingKappas, findSimilarPairs, pairsReaching, thresholdsAt } from './similarPairs.ts';
import type { ThresholdRule } from './thresholds.ts';

/** Steps of κ from 0 to 1: it is sought as finely as similarities are told apart. */
const KAPPA_STEPS = Math.round(1 / SIMILARITY_GRID);

/** Redundancy groups and what they came from. */
export interface Grouping {
  readonly kappa: number;
  /** What κ is multiplied by for each clip's θ. */
  readonly base: Float64Array;
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
  return { kappa: rule.kappa, base: rule.base, thresholds, pairs, groups: formGroups(clips, pairs, thresholds) };
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
  let fewest = asked.groups.leaders.length;
  if (fewest <= most) return asked;
  // No group spans clusters. To find that out only at κ = 0 would take all pairs.
  if (most < clips.clusters.length) throw outOfReach(most, clips.clusters.length, clips);
  const base = rule.base.map((value, clip) => (value === Infinity && !clips.lone[clip] ? 1 : value));
  if (!base.some((value) => value > 0 && value < Infinity)) throw outOfReach(most, fewest, clips);
  let high = Math.ceil(rule.kappa * KAPPA_STEPS);
  for (const kappa of fallingKappas(rule.kappa)) {
    const low = Math.floor(kappa * KAPPA_STEPS);
    const pairs = await findSimilarPairs(clips, points, thresholdsAt(low / KAPPA_STEPS, base), signal);
    const reached = regroup(low / KAPPA_STEPS, base, pairs, clips);
    fewest = reached.groups.leaders.length;
    if (fewest <= most) return highestReaching(most, low, high, reached, base, clips, signal);
    high = low;
  }
  throw outOfReach(most, fewest, clips);
}

/** Bisects between the step `low`, which `reached` is at, and `high`, which leaves too many groups. The pairs at `low` hold all others. */
function highestReaching(
  most: number,
  low: number,
  high: number,
  reached: Grouping,
  base: Float64Array,
  clips: Clips,
  signal: AbortSignal,
): Grouping {
  // In the loop groups are only counted: there may be very many.
  let pairs = reached.pairs;
  while (high - low > 1) {
    signal.throwIfAborted();
    const middle = (low + high) >> 1;
    const thresholds = thresholdsAt(middle / KAPPA_STEPS, base);
    const found = pairsReaching(pairs, thresholds);
    if (countGroups(clips, found, thresholds) <= most) {
      low = middle;
      pairs = found;
    } else high = middle;
  }
  return regroup(low / KAPPA_STEPS, base, pairs, clips);
}

/** The groups at κ from pairs that were found at one no higher. */
export function regroup(kappa: number, base: Float64Array, candidates: SimilarPairs, clips: Clips): Grouping {
  const thresholds = thresholdsAt(kappa, base);
  const pairs = pairsReaching(candidates, thresholds);
  return { kappa, base, thresholds, pairs, groups: formGroups(clips, pairs, thresholds) };
}

function outOfReach(most: number, fewest: number, { count, clusters, input }: Clips): ConfigError {
  const outside = count - clusters.reduce((sum, { members }) => sum + members.length, 0) + (input.beside?.kept ?? 0);
  return new ConfigError(
    '--keep',
    `--keep asks for ${most + outside} of ${allClips(input)} clips, but at least ${fewest + outside} must stay so that every removed clip has a ` +
      `similar one among them in its cluster: give at least --keep ${smallestShare(fewest + outside, input)}.`,
  );
}
