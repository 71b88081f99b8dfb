import { ConfigError, dot, type LoadedPoints, onGrid } from '@refrain/core';
import { neededBy, type SimilarPairs, starCover } from '@refrain/core/pruning';
import { allClips, smallestShare } from '../input.ts';
import type { Clips } from './clips.ts';
import { type PairRule, pairsReaching } from './similarPairs.ts';
import { type Ladder, pairsAt, type Strength, type ThresholdRule } from './strengths.ts';

/** Redundancy groups and what they came from. */
export interface Grouping {
  readonly strength: Strength;
  readonly rule: PairRule;
  /** The rule at other strengths. */
  readonly ruleAt: (strength: Strength) => PairRule;
  readonly pairs: SimilarPairs;
  readonly groups: RedundancyGroups;
}

/** The groups of the rule as it stands. */
export async function groupByRule(
  thresholds: ThresholdRule,
  clips: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<Grouping> {
  const pairs = await pairsAt(thresholds, thresholds.asked, clips, points, signal);
  return regroup(thresholds.rule, thresholds.asked, pairs, clips);
}

/**
 * The groups at the greatest strength up to the rule's that forms at most `most` of them, found by bisection on a grid of 1e-6: so few that one clip
 * each is not more than wanted. Throws a ConfigError naming the smallest `keep` when even the least strength (or a rule that has but one) leaves more.
 */
export async function groupAtMost(
  most: number,
  thresholds: ThresholdRule,
  clips: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<Grouping> {
  const asked = await groupByRule(thresholds, clips, points, signal);
  let fewest = asked.groups.leaders.length;
  if (fewest <= most) return asked;
  // Where no group spans clusters, there are as many at least. To find that out only at κ = 0 would take all pairs.
  const least = clips.spansClusters ? Math.min(1, clips.clusters.length) : clips.clusters.length;
  if (most < least) throw outOfReach(most, least, clips);
  const { ladder } = thresholds;
  if (ladder === undefined) throw outOfReach(most, fewest, clips);
  const lowered = { rule: ladder.rule, ...(thresholds.known && { known: thresholds.known }) };
  let high = ladder.top;
  for (const low of ladder.stops) {
    const strength = ladder.at(low);
    const reached = regroup(ladder.rule, strength, await pairsAt(lowered, strength, clips, points, signal), clips);
    fewest = reached.groups.leaders.length;
    if (fewest <= most) return highestReaching(most, low, high, reached, ladder, clips, signal);
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
  ladder: Ladder,
  clips: Clips,
  signal: AbortSignal,
): Grouping {
  // In the loop groups are only counted: there may be very many.
  let pairs = reached.pairs;
  while (high - low > 1) {
    signal.throwIfAborted();
    const middle = Math.floor((low + high) / 2);
    const rule = ladder.rule(ladder.at(middle));
    const found = pairsReaching(pairs, rule);
    if (countGroups(clips, found, rule) <= most) {
      low = middle;
      pairs = found;
    } else high = middle;
  }
  return regroup(ladder.rule, ladder.at(low), pairs, clips);
}

/** The groups at a strength from pairs that were found at one no higher. */
export function regroup(
  ruleAt: Grouping['ruleAt'],
  strength: Strength,
  candidates: SimilarPairs,
  clips: Clips,
): Grouping {
  const rule = ruleAt(strength);
  const pairs = pairsReaching(candidates, rule);
  return { strength, rule, ruleAt, pairs, groups: formGroups(clips, pairs, rule) };
}

function outOfReach(most: number, fewest: number, { count, clusters, input, spansClusters }: Clips): ConfigError {
  const outside = count - clusters.reduce((sum, { members }) => sum + members.length, 0) + (input.beside?.kept ?? 0);
  return new ConfigError(
    'keep',
    `\`keep\` asks for ${most + outside} of ${allClips(input)} clips, but at least ${fewest + outside} must stay so that every removed clip has a ` +
      `similar one among them${spansClusters ? '' : ' in its cluster'}: give at least \`keep\` ${smallestShare(fewest + outside, input)}.`,
  );
}

/** Groups of clips that may stand for each other, numbered by ascending leader. */
export interface RedundancyGroups {
  /** Leader of each group: every member reaches θ with it, or is its copy. */
  readonly leaders: Uint32Array;
  /** How many members each group has. */
  readonly sizes: Uint32Array;
  /** Members of a group, ascending, the leader among them. */
  members(group: number): Uint32Array;
  /** Group of each clip; −1 for clips outside the pruned clusters. */
  readonly groupOf: Int32Array;
  /** The groups of each pruned cluster, ascending: those whose leader lies in it. */
  readonly ofCluster: readonly Uint32Array[];
}

/**
 * The star cover of the similar pairs. Copies stay together: a set is visited as its representative, and joins a leader only if each of its
 * members reaches θ with that leader, so that any of them may go later; so do copies that went before, whose θ is that of the clip that stayed.
 */
function formGroups(clips: Clips, pairs: SimilarPairs, rule: PairRule): RedundancyGroups {
  return groupsLedBy(leadersOf(clips, pairs, rule), clips);
}

/** The groups inside the pruned clusters when `leaderOf` is the leader of each clip, and a leader its own. */
function groupsLedBy(leaderOf: Uint32Array, clips: Clips): RedundancyGroups {
  const leaders = leaderOf.filter((leader, clip) => leader === clip && clips.clusterOf[clip]! >= 0);
  const groupOf = new Int32Array(clips.count).fill(-1);
  for (let group = 0; group < leaders.length; group++) groupOf[leaders[group]!] = group;
  const inCluster: number[][] = clips.clusters.map(() => []);
  for (let group = 0; group < leaders.length; group++) inCluster[clips.clusterOf[leaders[group]!]!]!.push(group);
  for (let clip = 0; clip < clips.count; clip++) groupOf[clip] = groupOf[leaderOf[clip]!]!;
  return {
    leaders,
    ...membersOf(groupOf, leaders.length),
    groupOf,
    ofCluster: inCluster.map((list) => Uint32Array.from(list)),
  };
}

/** How many groups `formGroups` would form: its cost without its memory. */
function countGroups(clips: Clips, pairs: SimilarPairs, rule: PairRule): number {
  const leaderOf = leadersOf(clips, pairs, rule);
  let count = 0;
  for (let clip = 0; clip < clips.count; clip++) if (leaderOf[clip] === clip && clips.clusterOf[clip]! >= 0) count++;
  return count;
}

function leadersOf(clips: Clips, pairs: SimilarPairs, rule: PairRule): Uint32Array {
  const mayJoin = (leader: number, representative: number) =>
    similaritiesOfCopies(clips, leader, representative).every(
      ({ clip, cosine }) => onGrid(cosine) >= neededBy(rule, leader, clip),
    );
  // A threshold that somebody gave says what is redundant; scores say how likely it is, and likeliest pairs come first.
  const first = rule.kind === 's-norm' ? 'most-similar' : 'most-neighbours';
  const leaderOfRepresentative = starCover(clips.count, pairs, first, mayJoin);
  return clips.representative.map((representative) => leaderOfRepresentative[representative]!);
}

/** The cosine, not rounded, of a leader with each copy that another clip stands for, and the clip whose θ that copy has. */
function similaritiesOfCopies(
  { input, copies, goneCopies }: Clips,
  leader: number,
  representative: number,
): { readonly clip: number; readonly cosine: number }[] {
  const { embeddings, beside } = input;
  const own = [representative, ...(copies.get(representative) ?? [])];
  return own.flatMap((clip) => [
    ...(clip === representative ? [] : [{ clip, cosine: dot(embeddings, leader, embeddings, clip) }]),
    ...(goneCopies.get(clip) ?? []).map((row) => {
      return { clip, cosine: dot(embeddings, leader, beside!.copies.embeddings, row) };
    }),
  ]);
}

/** The clips of each group, ascending: parts of one array that are shown when they are asked for, as groups are many and small. */
function membersOf(groupOf: Int32Array, groups: number): Pick<RedundancyGroups, 'sizes' | 'members'> {
  const sizes = new Uint32Array(groups);
  for (let clip = 0; clip < groupOf.length; clip++) if (groupOf[clip]! >= 0) sizes[groupOf[clip]!]!++;
  const start = new Uint32Array(groups + 1);
  for (let group = 0; group < groups; group++) start[group + 1] = start[group]! + sizes[group]!;
  const end = start.slice(0, groups);
  const all = new Uint32Array(start[groups]!);
  for (let clip = 0; clip < groupOf.length; clip++) if (groupOf[clip]! >= 0) all[end[groupOf[clip]!]!++] = clip;
  return { sizes, members: (group) => all.subarray(start[group], start[group + 1]) };
}
