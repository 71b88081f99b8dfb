import type { Removal } from '@refrain/core';
import { bestProof, certaintyOf, neededBy, pop, push, reachBy, worstPartner } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import type { Grouping, RedundancyGroups } from './groups.ts';
import { type Quotas, sizeClasses } from './quotas.ts';
import type { PairRule } from './similarPairs.ts';

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
export function chooseClips(
  clips: Clips,
  { groups, rule }: Pick<Grouping, 'groups' | 'rule'>,
  quotas: Quotas,
  orderOf: GroupOrder = groupOrder(clips, { groups, rule }),
): Choice {
  const isKept = keptClips(clips, groups, quotas, orderOf);
  const keptOf = new Uint32Array(groups.leaders.length);
  const keep = new Uint32Array(clips.count);
  let count = 0;
  for (let clip = 0; clip < clips.count; clip++) {
    if (isKept[clip] === 0) continue;
    keep[count++] = clip;
    if (groups.groupOf[clip]! >= 0) keptOf[groups.groupOf[clip]!]!++;
  }
  const removed = certify(clips, groups, rule, { isKept, keptOf });
  return {
    keptOf,
    keep: keep.slice(0, count),
    removed,
    worst: worstPartner(removed),
  };
}

/** The members of a group in the order in which they are kept. */
export type GroupOrder = (group: number) => Iterator<RankedMember>;

/** The order of each group by the rule, found as far as it is asked for, and anew each time. */
export function groupOrder(clips: Clips, { groups, rule }: Pick<Grouping, 'groups' | 'rule'>) {
  const { input } = clips;
  return (group: number) => {
    const members = groups.members(group);
    const first = firstKept(clips, members, groups.leaders[group]!, rule);
    return keepingOrder(members, first, (a, b) => certaintyOf(input, a, b, rule), input.priority);
  };
}

/** 1 for each clip that stays. */
function keptClips(clips: Clips, groups: RedundancyGroups, { kept, tied }: Quotas, orderOf: GroupOrder): Uint8Array {
  // Most classes keep all they have: only the others are ordered.
  const isKept = new Uint8Array(clips.count).fill(1);
  const atTheCut: ClassKept[] = [];
  for (const [position, { size, groups: list }] of sizeClasses(clips, groups).entries()) {
    if (kept[position] === size * list.length && !tied?.classes.includes(position)) continue;
    const stay = classOrder(list.map(orderOf), kept[position]!);
    for (const group of list) for (const clip of groups.members(group)) isKept[clip] = 0;
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
function firstKept({ input }: Clips, members: Uint32Array, leader: number, rule: PairRule): number {
  const { priority } = input;
  if (priority === undefined) return leader;
  const proves = (kept: number, removed: number) =>
    bestProof(input, removed, [kept], (partner) => neededBy(rule, removed, partner)) !== undefined;
  const preferred = members.filter((clip) => priority[clip]! > priority[leader]!);
  preferred.sort((a, b) => priority[b]! - priority[a]! || a - b);
  return preferred.find((clip) => members.every((other) => other === clip || proves(clip, other))) ?? leader;
}

/**
 * Why each removed clip could go, ascending by index: the kept clip of its group that proves it best. One kept clip of every group proves each
 * of its members, so there always is one.
 */
function certify(
  clips: Clips,
  groups: RedundancyGroups,
  rule: PairRule,
  { isKept, keptOf }: { readonly isKept: Uint8Array; readonly keptOf: Uint32Array },
): Removal[] {
  const removed: Removal[] = [];
  for (let group = 0; group < keptOf.length; group++) {
    if (keptOf[group] === groups.sizes[group]) continue;
    const members = groups.members(group);
    const kept = members.filter((clip) => isKept[clip]);
    for (const index of members) {
      if (isKept[index]) continue;
      const cluster = clips.clusters[clips.clusterOf[index]!]!.label;
      const needed = (partner: number) => neededBy(rule, index, partner);
      const reach = (partner: number, similarity: number) => reachBy(rule, index, partner, similarity);
      removed.push({ index, cluster, group, ...bestProof(clips.input, index, kept, needed, reach)! });
    }
  }
  return removed.sort((a, b) => a.index - b.index);
}

/** The next member of a group; its key is its certainty and its index. */
interface Waiting {
  readonly key: [certainty: number, clip: number];
  readonly order: Iterator<RankedMember>;
}

/** The members of a class that stay. */
export interface ClassKept {
  /** In the order in which they are kept. */
  readonly clips: Uint32Array;
  /** How surely the last of them could go. */
  readonly certainty: number;
}

/**
 * The first `count` members that stay when groups give theirs in the order of falling claim to stay: the first of every group, then always the
 * one that is least surely redundant, of equals the lowest index. `orders` gives the members of each group, certainties rising; it is asked
 * only for as many as needed. `count` is at least the number of groups and at most that of their members.
 */
export function classOrder(orders: readonly Iterator<RankedMember>[], count: number): ClassKept {
  const clips = new Uint32Array(count);
  const waiting: Waiting[] = [];
  const take = (one: Waiting) => {
    const { value, done } = one.order.next();
    if (done === true) return;
    one.key[0] = value.certainty;
    one.key[1] = value.clip;
    push(waiting, one);
  };
  for (const order of orders) take({ key: [-Infinity, -1], order });
  let certainty = -Infinity;
  for (let place = 0; place < count; place++) {
    const next = pop(waiting);
    [certainty, clips[place]] = next.key;
    if (place + 1 < count) take(next);
  }
  return { clips, certainty };
}

/** A member of a group, in the order in which members are kept. */
export interface RankedMember {
  readonly clip: number;
  /** How surely it may go as soon as all members before it stay: its greatest certainty with one of them. −Infinity for the first; never falls. */
  readonly certainty: number;
}

/**
 * The members of a group in the order in which they are kept: `first`, then always the one least surely redundant to those before it, of equals
 * the lowest index. With `priority` the more preferred come before the others. So whatever number of a group stays, no two that stay are as
 * surely redundant to each other as each that goes is to one that stays.
 *
 * Farthest-first traversal: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance". The next member is sought only when it is asked for.
 */
export function* keepingOrder(
  members: Uint32Array,
  first: number,
  certainty: (kept: number, other: number) => number,
  priority?: Float64Array,
): Generator<RankedMember, undefined> {
  const left = Array.from(members);
  const nearest = new Array<number>(left.length).fill(-Infinity);
  let place = left.indexOf(first);
  let reached = -Infinity;
  for (;;) {
    const clip = left[place]!;
    reached = Math.max(reached, nearest[place]!);
    yield { clip, certainty: reached };
    // The last one takes the empty place: order means nothing here, ties go by index.
    const [lastClip, lastNearest] = [left.pop()!, nearest.pop()!];
    if (left.length === 0) return undefined;
    if (place < left.length) [left[place], nearest[place]] = [lastClip, lastNearest];
    place = 0;
    for (let m = 0; m < left.length; m++) {
      nearest[m] = Math.max(nearest[m]!, certainty(clip, left[m]!));
      if (m > 0 && isKeptBefore(m, place)) place = m;
    }
  }

  function isKeptBefore(m: number, other: number): boolean {
    const gain = priority === undefined ? 0 : priority[left[m]!]! - priority[left[other]!]!;
    if (gain !== 0) return gain > 0;
    if (nearest[m] !== nearest[other]) return nearest[m]! < nearest[other]!;
    return left[m]! < left[other]!;
  }
}
