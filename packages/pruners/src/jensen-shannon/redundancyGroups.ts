import { similarityOf } from '../proof.ts';
import type { Clips } from './clips.ts';
import { pairThreshold, type SimilarPairs } from './similarPairs.ts';
import { starCover } from './starCover.ts';

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
 * members reaches θ with that leader, so that any of them may go later.
 */
export function formGroups(clips: Clips, pairs: SimilarPairs, thresholds: Float64Array): RedundancyGroups {
  const { embeddings } = clips.input;
  const mayJoin = (leader: number, representative: number) =>
    (clips.copies.get(representative) ?? []).every(
      (copy) => similarityOf(embeddings, leader, copy) >= pairThreshold(thresholds, leader, copy),
    );
  const leaderOfRepresentative = starCover(clips.count, pairs, mayJoin);
  const leaderOf = clips.representative.map((representative) => leaderOfRepresentative[representative]!);
  const leaders = leaderOf.filter((leader, clip) => leader === clip && clips.clusterOf[clip]! >= 0);
  const groupOf = new Int32Array(clips.count).fill(-1);
  for (const [group, leader] of leaders.entries()) groupOf[leader] = group;
  const members: number[][] = Array.from(leaders, () => []);
  for (let clip = 0; clip < clips.count; clip++) {
    const group = groupOf[leaderOf[clip]!]!;
    groupOf[clip] = group;
    if (group >= 0) members[group]!.push(clip);
  }
  const ofCluster: number[][] = clips.clusters.map(() => []);
  for (const [group, leader] of leaders.entries()) ofCluster[clips.clusterOf[leader]!]!.push(group);
  return {
    leaders,
    members: members.map((list) => Uint32Array.from(list)),
    groupOf,
    ofCluster: ofCluster.map((list) => Uint32Array.from(list)),
  };
}
