import { apportion, largestRemainder } from './apportion.ts';
import type { Clips } from './clips.ts';
import type { RedundancyGroups } from './redundancyGroups.ts';
import { solveTarget, targetSize } from './target.ts';

/** How many clips of each pruned cluster stay for `t`: G + (n − G)·a(t), rounded half up. */
export function sizesForTarget(t: number, clips: Clips, groups: RedundancyGroups): Uint32Array {
  return Uint32Array.from(clips.clusters, ({ members }, cluster) =>
    Math.floor(targetSize(t, members.length, groups.ofCluster[cluster]!.length) + 0.5),
  );
}

/**
 * The t at which the pruned clusters keep `wanted` clips together, and how many each then keeps: `wanted` in sum, to the clip. `wanted` is
 * at least the number of groups.
 */
export function sizesForBudget(
  wanted: number,
  { clusters }: Clips,
  groups: RedundancyGroups,
): { t: number; sizes: Uint32Array } {
  const clipCounts = clusters.map(({ members }) => members.length);
  const groupCounts = groups.ofCluster.map((list) => list.length);
  const t = solveTarget(wanted, clipCounts, groupCounts);
  const quotas = Float64Array.from(clipCounts, (count, cluster) => targetSize(t, count, groupCounts[cluster]!));
  return { t, sizes: largestRemainder(quotas, wanted, (a, b) => clipCounts[b]! - clipCounts[a]! || a - b) };
}

/** How many members of each group stay when clusters keep `sizes` clips: one each, and the rest in proportion to the members beyond it. */
export function sizesOfGroups(groups: RedundancyGroups, sizes: Uint32Array): Uint32Array {
  const kept = new Uint32Array(groups.leaders.length).fill(1);
  for (const [cluster, list] of groups.ofCluster.entries()) {
    const extra = Uint32Array.from(list, (group) => groups.members[group]!.length - 1);
    const seats = apportion(extra, sizes[cluster]! - list.length);
    for (const [position, group] of list.entries()) kept[group]! += seats[position]!;
  }
  return kept;
}
