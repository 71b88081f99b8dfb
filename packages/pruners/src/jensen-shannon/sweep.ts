import type { PruningAt } from '@refrain/core';
import { divergencesOf } from '@refrain/core/pruning';
import { chooseClips, groupOrder, type RankedMember } from './choice.ts';
import type { Clips } from './clips.ts';
import type { Grouping } from './groups.ts';
import { quotasForTarget, sizeClasses } from './quotas.ts';

/**
 * What each `t` would choose of the same groups, in the order of `values`. Sets of a larger `t` are parts of those of a smaller one, for the order in
 * which the clips of a group are kept is one: it is found once.
 */
export function* sweepOver(
  values: readonly number[],
  clips: Clips,
  grouping: Grouping,
  signal: AbortSignal,
): Generator<PruningAt> {
  const { groups } = grouping;
  const orderOf = groupOrder(clips, grouping);
  const known = new Map<number, readonly RankedMember[]>();
  const remembered = (group: number) => {
    const order = known.get(group) ?? [...orderOf(group)];
    known.set(group, order);
    return order.values();
  };
  const classes = sizeClasses(clips, groups);
  for (const t of values) {
    signal.throwIfAborted();
    const { keep, removed, keptOf } = chooseClips(clips, grouping, quotasForTarget(t, classes), remembered);
    yield { t, keep, removed, ...meanDivergences(t, clips, groups, keptOf) };
  }
}

function meanDivergences(
  t: number,
  { clusters }: Clips,
  groups: Grouping['groups'],
  keptOf: Uint32Array,
): Pick<PruningAt, 'divergenceBefore' | 'divergenceAfter'> {
  const sums = { clips: 0, before: 0, after: 0 };
  for (const [cluster, { members }] of clusters.entries()) {
    const list = groups.ofCluster[cluster]!;
    const sizes = Array.from(list, (group) => groups.sizes[group]!);
    const kept = Array.from(list, (group) => keptOf[group]!);
    const { divergenceBefore, divergenceAfter } = divergencesOf(t, sizes, kept);
    sums.clips += members.length;
    sums.before += members.length * divergenceBefore;
    sums.after += members.length * divergenceAfter;
  }
  const clips = Math.max(1, sums.clips);
  return { divergenceBefore: sums.before / clips, divergenceAfter: sums.after / clips };
}
