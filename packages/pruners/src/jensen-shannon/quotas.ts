import { indicesBy, roundHalfUp } from '@refrain/core';
import { extraShare } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import type { RedundancyGroups } from './groups.ts';

/** The groups of one size in one cluster: what the target can be met on, for a group has whole clips only. */
export interface SizeClass {
  /** Position of the cluster. */
  readonly cluster: number;
  /** Clips of each of its groups. */
  readonly size: number;
  /** Ascending. */
  readonly groups: readonly number[];
  /** Clips and groups of the whole cluster, clips as members of its groups. */
  readonly clips: number;
  readonly groupCount: number;
}

/** How many clips each class keeps, and the strength t that this comes from. */
export interface Quotas {
  readonly t: number;
  /** In the order of the classes. */
  readonly kept: Uint32Array;
  /**
   * Classes (by position, in order) that each would give one clip more at this very t, and how many of them must: the one whose clip goes more
   * surely does. Absent where there is no such choice.
   */
  readonly tied?: { readonly classes: readonly number[]; readonly go: number };
}

/** The classes of each pruned cluster by rising size, clusters in order. */
export function sizeClasses({ clusters }: Pick<Clips, 'clusters'>, groups: RedundancyGroups): SizeClass[] {
  return clusters.flatMap((_, cluster) => {
    const list = groups.ofCluster[cluster]!;
    const clips = list.reduce((sum, group) => sum + groups.sizes[group]!, 0);
    const bySize = [...indicesBy(list.map((group) => groups.sizes[group]!))].sort(([a], [b]) => a - b);
    return bySize.map(([size, places]) => {
      const ofSize = places.map((at) => list[at]!);
      return { cluster, size, groups: ofSize, clips, groupCount: list.length };
    });
  });
}

/** What each class keeps for `t`: G_m · (1 + (m − 1) · a(t)) for G_m groups of m clips, rounded half up. It falls as t grows. */
export function quotasForTarget(t: number, classes: readonly SizeClass[]): Quotas {
  const kept = Uint32Array.from(classes, ({ size, groups, clips, groupCount }) =>
    roundHalfUp(groups.length * (1 + (size - 1) * extraShare(t, clips, groupCount))),
  );
  return { t, kept };
}

/**
 * What each class keeps when all together keep `wanted` clips, to the clip. Each further removal of a class has a t at which `quotasForTarget`
 * makes it; all removals of all classes stand in that order, and as many as needed are made. `wanted` lies between the number of groups and of
 * clips. t is where just these are made: between the last of them and the next.
 */
export function quotasForBudget(wanted: number, classes: readonly SizeClass[]): Quotas {
  const kept = Uint32Array.from(classes, ({ size, groups }) => size * groups.length);
  const count = kept.reduce((sum, clips) => sum + clips, 0) - wanted;
  if (count <= 0) return { t: 0, kept };
  const times = classes.map(removalTimes);
  const all = joined(times).sort();
  const last = all[count - 1]!;
  const t = count === all.length ? 1 : (last + all[count]!) / 2;
  let before = 0;
  const tied: number[] = [];
  for (const [position, own] of times.entries()) {
    const made = own.findIndex((time) => time >= last);
    const gone = made < 0 ? own.length : made;
    before += gone;
    kept[position]! -= gone;
    if (own[gone] === last) tied.push(position);
  }
  const go = count - before;
  if (go < tied.length) return { t, kept, tied: { classes: tied, go } };
  for (const position of tied) kept[position]!--;
  return { t, kept };
}

function joined(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const list of lists) {
    all.set(list, start);
    start += list.length;
  }
  return all;
}

/** So that equal times of clusters that are unlike are equal to the last digit. */
function onTimeGrid(t: number): number {
  return Math.round(t * 1e12) / 1e12;
}

/** The t from which on a class has lost 1, 2, … clips: where G_m · (1 + (m − 1) · a(t)) passes a half. Ascending. */
function removalTimes({ size, groups, clips, groupCount }: SizeClass): Float64Array {
  const removable = groups.length * (size - 1);
  const times = new Float64Array(removable);
  for (let gone = 0; gone < removable; gone++) {
    const share = (gone + 0.5) / removable;
    // a(t) = 1 − share, solved for t.
    times[gone] = onTimeGrid(share / (1 + (1 - share) * (clips / groupCount - 1)));
  }
  return times;
}
