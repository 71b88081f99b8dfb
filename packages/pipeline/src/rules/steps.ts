import { GROUP_KINDS, type GroupKind } from '@refrain/core';
import { compareKeys, type SortKey } from '@refrain/core/pruning';
import type { Rule } from '@refrain/pruned-dataset';
import { lazyGreedy } from './lazyGreedy.ts';
import type { NearestKept } from './proofs.ts';
import {
  addClip,
  barredBy,
  byPriority,
  countsAround,
  type Family,
  fullKinds,
  heldBy,
  priorityOf,
  removeClip,
  type Selection,
} from './selection.ts';

/** What a person decided: protected clips come, excluded ones go. */
export function forcePersonal(selection: Selection): void {
  const { isKept, constraints } = selection;
  for (const clip of constraints.protect ?? []) if (!isKept[clip]) addClip(selection, clip, 'protect');
  for (const clip of constraints.exclude ?? []) if (isKept[clip]) removeClip(selection, clip, 'exclude');
}

/**
 * Brings another copy of every recording of which the kept ones were excluded, unless all are: one that fits its track, album and artist
 * where there is one, then the preferred one, then the first.
 */
export function restoreCopies(selection: Selection): void {
  const { members, kept, need } = selection.recordings;
  const better = byPriority(selection);
  for (const [recording, clips] of members.entries()) {
    if (kept[recording]! >= need[recording]!) continue;
    const allowed = clips.filter((clip) => [undefined, 'maxPerGroup'].includes(barredBy(selection, clip)));
    const full = (clip: number) => fullKinds(selection, clip).length;
    const [best] = allowed.sort((a, b) => full(a) - full(b) || better(a, b));
    if (best !== undefined) addClip(selection, best, 'copies');
  }
}

/**
 * Thins out the groups that hold more than their maximum: the least preferred clip goes first, of equals the one most similar to another kept
 * clip, then the highest index. A clip that is the last copy of its recording goes only where a copy elsewhere can come for it.
 */
export async function lowerToMaximum(selection: Selection, nearest: NearestKept): Promise<void> {
  for (const kind of GROUP_KINDS) {
    for (const canMove of [false, true]) {
      const family = selection.groups[kind];
      const isOver = (clip: number) => family.of[clip]!.some((set) => family.kept[set]! > family.max);
      await lazyGreedy(
        keptClips(selection),
        async (clip) => {
          if (!selection.isKept[clip] || !isOver(clip)) return undefined;
          const holder = heldBy(selection, clip, 'maxPerGroup');
          if (holder !== undefined && !(canMove && holder === 'copies')) return undefined;
          return [priorityOf(selection, clip), -(await nearest.of(clip)).similarity, -clip];
        },
        async (clip) => {
          const isLastCopy = heldBy(selection, clip, 'maxPerGroup') === 'copies';
          const before = selection.cause[clip];
          removeClip(selection, clip, 'maxPerGroup');
          const copy = isLastCopy ? freeCopyOf(selection, clip) : undefined;
          if (isLastCopy && copy === undefined) addClip(selection, clip, before);
          if (copy === undefined) return 'next';
          addClip(selection, copy, 'maxPerGroup');
          nearest.added(copy);
          return 'restart';
        },
      );
    }
  }
}

/** A removed copy of a clip that may come in its place, in groups that are not full. */
function freeCopyOf(selection: Selection, clip: number): number | undefined {
  const copies = selection.recordings.of[clip]!.flatMap((set) => selection.recordings.members[set]!);
  const free = copies.filter(
    (copy) => copy !== clip && !selection.isKept[copy] && barredBy(selection, copy) === undefined,
  );
  return free.sort(byPriority(selection))[0];
}

/**
 * Raises every set of the families to its minimum: the clip that helps most sets comes first, of equals the preferred one, then the least
 * similar to the kept clips, then the lowest index. Where its track, album or artist is full, it takes the place of a clip there where
 * that leaves no rule up to `rule` worse off.
 */
export async function raiseToMinimum(
  selection: Selection,
  families: readonly Family[],
  rule: 'minPerLabel' | 'minPerGroup',
  nearest: NearestKept,
): Promise<void> {
  const { isKept } = selection;
  const helps = (clip: number) => families.reduce((sum, family) => sum + lackingSets(family, clip).length, 0);
  await lazyGreedy(
    isKept.keys(),
    async (clip) => {
      const bar = barredBy(selection, clip);
      if (isKept[clip] || bar === 'exclude' || bar === 'copies' || helps(clip) === 0) return undefined;
      return [-helps(clip), -priorityOf(selection, clip), (await nearest.of(clip)).similarity, clip];
    },
    async (clip) => {
      if (barredBy(selection, clip) === undefined) {
        addClip(selection, clip, rule);
        nearest.added(clip);
        return 'next';
      }
      return (await exchange(selection, families, clip, rule, nearest)) ? 'restart' : 'next';
    },
  );
}

/** The sets of a clip that have fewer kept clips than they need. */
function lackingSets({ of, kept, need }: Family, clip: number): number[] {
  return of[clip]!.filter((set) => kept[set]! < need[set]!);
}

/**
 * Keeps `clip` in place of one clip for every group that it would overfill, so that the families lack fewer clips and no set falls further
 * below its minimum. Leaves all as it was, and says false, where that is not found.
 */
async function exchange(
  selection: Selection,
  families: readonly Family[],
  clip: number,
  rule: Rule,
  nearest: NearestKept,
): Promise<boolean> {
  const { groups, cause } = selection;
  const before = cause[clip];
  const least = countsAround(selection, clip);
  const lacking = families.map((family) => new Map(lackingSets(family, clip).map((set) => [set, family.kept[set]!])));
  const gone: { readonly clip: number; readonly cause: Rule | undefined }[] = [];
  addClip(selection, clip, rule);
  const shared = (other: number) =>
    families.reduce((sum, { of }, i) => sum + of[other]!.filter((set) => lacking[i]!.has(set)).length, 0);
  const isOver = (kind: GroupKind) => groups[kind].of[clip]!.some((set) => groups[kind].kept[set]! > groups[kind].max);
  for (const kind of GROUP_KINDS) {
    const mates = groups[kind].of[clip]!.flatMap((set) => groups[kind].members[set]!).filter((mate) => mate !== clip);
    while (isOver(kind)) {
      const other = await leastNeeded(selection, mates, rule, nearest, least, shared);
      if (other === undefined) break;
      gone.push({ clip: other, cause: cause[other] });
      removeClip(selection, other, rule);
    }
  }
  const isGain = families.some(({ kept }, i) => [...lacking[i]!].some(([set, count]) => kept[set]! > count));
  if (isGain && !GROUP_KINDS.some(isOver)) {
    nearest.added(clip);
    return true;
  }
  for (const { clip: back, cause: reason } of gone) {
    addClip(selection, back, reason);
    nearest.added(back);
  }
  removeClip(selection, clip, before);
  return false;
}

/** Of the kept clips among `mates` that nothing holds, the one of the smallest `cost`, then by priority and redundancy as everywhere. */
async function leastNeeded(
  selection: Selection,
  mates: readonly number[],
  rule: Rule,
  nearest: NearestKept,
  least: (family: Family, set: number) => number,
  cost: (clip: number) => number,
): Promise<number | undefined> {
  let best: { readonly clip: number; readonly key: SortKey } | undefined;
  for (const clip of mates) {
    if (!selection.isKept[clip] || heldBy(selection, clip, rule, least) !== undefined) continue;
    const key = [cost(clip), priorityOf(selection, clip), -(await nearest.of(clip)).similarity, -clip];
    if (best === undefined || compareKeys(key, best.key) < 0) best = { clip, key };
  }
  return best?.clip;
}

/**
 * Brings the number of kept clips to `size` as far as no other rule is broken. Too many: the clip most similar to another kept one goes
 * first, of equals the least preferred, then the highest index. Too few: the removed clip least similar to the kept ones comes first
 * (farthest-first traversal: Gonzalez 1985), of equals the preferred one, then the lowest index.
 */
export async function meetSize(selection: Selection, size: number, nearest: NearestKept): Promise<void> {
  const { isKept } = selection;
  let excess = selection.size() - size;
  if (excess > 0) {
    await lazyGreedy(
      keptClips(selection),
      async (clip) => {
        if (heldBy(selection, clip, 'size') !== undefined) return undefined;
        return [-(await nearest.of(clip)).similarity, priorityOf(selection, clip), -clip];
      },
      async (clip) => {
        removeClip(selection, clip, 'size');
        return --excess > 0 ? 'next' : 'stop';
      },
    );
  }
  if (excess < 0) {
    await lazyGreedy(
      isKept.keys(),
      async (clip) => {
        if (isKept[clip] || barredBy(selection, clip) !== undefined) return undefined;
        return [(await nearest.of(clip)).similarity, -priorityOf(selection, clip), clip];
      },
      async (clip) => {
        addClip(selection, clip, 'size');
        nearest.added(clip);
        return ++excess < 0 ? 'next' : 'stop';
      },
    );
  }
}

function keptClips({ isKept }: Selection): number[] {
  return Array.from(isKept.keys()).filter((clip) => isKept[clip]);
}
