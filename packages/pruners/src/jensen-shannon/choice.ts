import type { Removal } from '@refrain/core';
import { bestProof, certaintyOf, worstPartner } from '@refrain/core/pruning';
import { certify } from './certificate.ts';
import { type ClassKept, classOrder } from './classOrder.ts';
import type { Clips } from './clips.ts';
import type { Grouping } from './grouping.ts';
import { keepingOrder } from './keepingOrder.ts';
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
  const isKept = keptClips(clips, groups, thresholds, quotas);
  const removed = certify(clips, groups, thresholds, isKept);
  const keptOf = new Uint32Array(groups.leaders.length);
  for (const [clip, kept] of isKept.entries()) if (kept && groups.groupOf[clip]! >= 0) keptOf[groups.groupOf[clip]!]!++;
  return {
    keptOf,
    keep: Uint32Array.from(isKept.keys()).filter((clip) => isKept[clip]),
    removed,
    worst: worstPartner(removed),
  };
}

/** 1 for each clip that stays. */
function keptClips(
  clips: Clips,
  groups: RedundancyGroups,
  thresholds: Float64Array,
  { kept, tied }: Quotas,
): Uint8Array {
  const { input } = clips;
  const needed = (a: number, b: number) => pairThreshold(thresholds, a, b);
  const orderOf = (group: number) => {
    const members = groups.members[group]!;
    const first = firstKept(clips, members, groups.leaders[group]!, needed);
    return keepingOrder(members, first, (a, b) => certaintyOf(input, a, b, needed(a, b)), input.preference);
  };
  // Most classes keep all they have: only the others are ordered.
  const isKept = new Uint8Array(clips.count).fill(1);
  const atTheCut: ClassKept[] = [];
  for (const [position, { size, groups: list }] of sizeClasses(clips, groups).entries()) {
    if (kept[position] === size * list.length && !tied?.classes.includes(position)) continue;
    const stay = classOrder(list.map(orderOf), kept[position]!);
    for (const group of list) for (const clip of groups.members[group]!) isKept[clip] = 0;
    for (const clip of stay.clips) isKept[clip] = 1;
    if (tied?.classes.includes(position)) atTheCut.push(stay);
  }
  for (const { clips: own } of atTheCut.sort(bySurest).slice(0, tied?.go)) isKept[own.at(-1)!] = 0;
  return isKept;
}

/** Negative where the last clip of `a` goes before that of `b`. */
function bySurest(a: ClassKept, b: ClassKept): number {
  return a.certainty === b.certainty ? b.clips.at(-1)! - a.clips.at(-1)! : b.certainty - a.certainty;
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
