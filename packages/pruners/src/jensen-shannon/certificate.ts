import type { Removal } from '@refrain/core';
import { bestProof } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import type { RedundancyGroups } from './redundancyGroups.ts';
import { pairThreshold } from './similarPairs.ts';

/**
 * Why each removed clip could go, ascending by index: the kept clip of its group that proves it best. One kept clip of every group proves each
 * of its members, so there always is one.
 */
export function certify(
  clips: Clips,
  groups: RedundancyGroups,
  thresholds: Float64Array,
  isKept: Uint8Array,
): Removal[] {
  const removed: Removal[] = [];
  for (const [group, members] of groups.members.entries()) {
    const kept = members.filter((clip) => isKept[clip]);
    if (kept.length === members.length) continue;
    for (const index of members) {
      if (isKept[index]) continue;
      const cluster = clips.clusters[clips.clusterOf[index]!]!.label;
      const needed = (partner: number) => pairThreshold(thresholds, index, partner);
      removed.push({ index, cluster, group, ...bestProof(clips.input, index, kept, needed)! });
    }
  }
  return removed.sort((a, b) => a.index - b.index);
}
