import type { Removal } from '@refrain/core';
import { bestProof, certaintyOf, worstPartner } from '../proof.ts';
import { certify } from './certificate.ts';
import { classOrder } from './classOrder.ts';
import type { Clips } from './clips.ts';
import type { Grouping } from './grouping.ts';
import { keepingOrder, type RankedMember } from './keepingOrder.ts';
import type { RedundancyGroups } from './redundancyGroups.ts';
import { pairThreshold } from './similarPairs.ts';
import { type Quotas, sizeClasses } from './sizeClasses.ts';

/** Which clips stay. */
export interface Choice {
  /** How many members of each group stay. */
  readonly keptOf: Uint32Array;
  /** Ascending. */
  readonly keep: Uint32Array;
  /** The others, ascending, each with its proof. */
  readonly removed: readonly Removal[];
  /** Of the removed clips, see `worstPartner`. */
  readonly worst: number;
}

/** The clips that stay by the quotas of the size classes; those outside the pruned clusters all stay. */
export function chooseClips(clips: Clips, { groups, thresholds }: Grouping, quotas: Quotas): Choice {
  const keptOf = new Uint32Array(groups.leaders.length);
  const isKept = Uint8Array.from(clips.clusterOf, (cluster) => (cluster < 0 ? 1 : 0));
  for (const { clip } of keptMembers(clips, groups, thresholds, quotas)) {
    isKept[clip] = 1;
    keptOf[groups.groupOf[clip]!]!++;
  }
  const removed = certify(clips, groups, thresholds, isKept);
  return {
    keptOf,
    keep: Uint32Array.from(isKept.keys()).filter((clip) => isKept[clip]),
    removed,
    worst: worstPartner(removed),
  };
}

/** The members of all groups that stay. */
function keptMembers(
  clips: Clips,
  groups: RedundancyGroups,
  thresholds: Float64Array,
  { kept, tied }: Quotas,
): RankedMember[] {
  const { input } = clips;
  const needed = (a: number, b: number) => pairThreshold(thresholds, a, b);
  const orderOf = (group: number) => {
    const members = groups.members[group]!;
    const first = firstKept(clips, members, groups.leaders[group]!, needed);
    return keepingOrder(members, first, (a, b) => certaintyOf(input, a, b, needed(a, b)), input.preference);
  };
  const stay = sizeClasses(clips, groups).map(({ size, groups: list }, position) => {
    const count = kept[position]!;
    if (count === size * list.length && !tied?.classes.includes(position))
      return list.flatMap((group) => Array.from(groups.members[group]!, (clip) => ({ clip, certainty: -Infinity })));
    return classOrder(list.map(orderOf), count);
  });
  const surest = (tied?.classes ?? []).toSorted((a, b) => isSurer(stay[a]!.at(-1)!, stay[b]!.at(-1)!));
  for (const position of surest.slice(0, tied?.go)) stay[position]!.pop();
  return stay.flat();
}

/** Negative where `a` goes before `b`. */
function isSurer(a: RankedMember, b: RankedMember): number {
  return a.certainty === b.certainty ? b.clip - a.clip : b.certainty - a.certainty;
}

/** The most preferred member that proves all others, as the leader does; among equals the leader, then the first. */
function firstKept(
  { input }: Clips,
  members: Uint32Array,
  leader: number,
  needed: (a: number, b: number) => number,
): number {
  const { preference } = input;
  if (preference === undefined) return leader;
  const proves = (kept: number, removed: number) =>
    bestProof(input, removed, [kept], (partner) => needed(partner, removed)) !== undefined;
  const preferred = members.filter((clip) => preference[clip]! > preference[leader]!);
  preferred.sort((a, b) => preference[b]! - preference[a]! || a - b);
  return preferred.find((clip) => members.every((other) => other === clip || proves(clip, other))) ?? leader;
}
