import { dot, onGrid } from '@refrain/core';
import { type SimilarPairs, starCover } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import { pairThreshold } from './similarPairs.ts';

/** Groups of clips that may stand for each other, numbered by ascending leader. */
export interface RedundancyGroups {
  /** Leader of each group: every member reaches θ with it, or is its copy. */
  readonly leaders: Uint32Array;
  /** Members of each group, ascending, the leader among them. */
  readonly members: readonly Uint32Array[];
  /** Group of each clip; −1 for clips outside the pruned clusters. */
  readonly groupOf: Int32Array;
  /** The groups of each pruned cluster, ascending. */
  readonly ofCluster: readonly Uint32Array[];
}

/**
 * The star cover of the similar pairs. Copies stay together: a set is visited as its representative, and joins a leader only if each of its
 * members reaches θ with that leader, so that any of them may go later; so do copies that went before, whose θ is that of the clip that stayed.
 */
export function formGroups(clips: Clips, pairs: SimilarPairs, thresholds: Float64Array): RedundancyGroups {
  return groupsLedBy(leadersOf(clips, pairs, thresholds), clips);
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
    members: membersOf(groupOf, leaders.length),
    groupOf,
    ofCluster: inCluster.map((list) => Uint32Array.from(list)),
  };
}

/** How many groups `formGroups` would form: its cost without its memory. */
export function countGroups(clips: Clips, pairs: SimilarPairs, thresholds: Float64Array): number {
  const leaderOf = leadersOf(clips, pairs, thresholds);
  let count = 0;
  for (let clip = 0; clip < clips.count; clip++) if (leaderOf[clip] === clip && clips.clusterOf[clip]! >= 0) count++;
  return count;
}

function leadersOf(clips: Clips, pairs: SimilarPairs, thresholds: Float64Array): Uint32Array {
  const mayJoin = (leader: number, representative: number) =>
    similaritiesOfCopies(clips, leader, representative).every(
      ({ clip, cosine }) => onGrid(cosine) >= pairThreshold(thresholds, leader, clip),
    );
  const leaderOfRepresentative = starCover(clips.count, pairs, mayJoin);
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

/** The clips of each group, ascending: parts of one array, for groups are many and small. */
function membersOf(groupOf: Int32Array, groups: number): Uint32Array[] {
  const end = new Uint32Array(groups + 1);
  for (let clip = 0; clip < groupOf.length; clip++) if (groupOf[clip]! >= 0) end[groupOf[clip]! + 1]!++;
  for (let group = 0; group < groups; group++) end[group + 1]! += end[group]!;
  const start = end.slice();
  const all = new Uint32Array(end[groups]!);
  for (let clip = 0; clip < groupOf.length; clip++) if (groupOf[clip]! >= 0) all[start[groupOf[clip]!]!++] = clip;
  return Array.from({ length: groups }, (_, group) => all.subarray(end[group], end[group + 1]));
}
