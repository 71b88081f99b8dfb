import { GROUP_KINDS, type GroupKind } from '@refrain/core';
import { RULES, type Rule } from '@refrain/pruned-dataset';
import { type ConstraintInput, type Constraints, maxOf, minOf } from './constraints.ts';

/** Sets of clips of which a number must stay or may stay: the labels, or the tracks. */
export interface Family {
  readonly names: readonly string[];
  /** Sets that each clip is in. */
  readonly of: readonly (readonly number[])[];
  /** Clips of each set, ascending. */
  readonly members: readonly (readonly number[])[];
  /** How many of each set are kept; changes with the selection. */
  readonly kept: Int32Array;
  /** How many of each set should stay: the minimum, or the size of the set where that is less. */
  readonly need: Int32Array;
  /** How many of each set may stay. */
  readonly max: number;
}

/** Which clips are kept, with everything that tells whether one more may come or go. Only `addClip` and `removeClip` change it. */
export interface Selection {
  readonly input: ConstraintInput;
  readonly constraints: Constraints;
  /** 1 for a kept clip. */
  readonly isKept: Uint8Array;
  /** The rule by which each clip came or went last; undefined where the strategy's choice stands. */
  readonly cause: (Rule | undefined)[];
  /** Clips that sound exactly alike. One must stay of those that are several and of which the strategy kept one. */
  readonly recordings: Family;
  /** Clips that are copies of each other, of which one may stay where that is asked. */
  readonly duplicates: Family;
  readonly labels: Family;
  readonly groups: Readonly<Record<GroupKind, Family>>;
  /** How many clips are kept. */
  size(): number;
}

/** A selection of the clips in `keep`. */
export function selectionOf(input: ConstraintInput, constraints: Constraints, keep: Uint32Array): Selection {
  const count = input.ids.length;
  const noLabels: readonly string[] = [];
  const named = (numbers: Int32Array | undefined) => (clip: number) =>
    (numbers?.[clip] ?? -1) < 0 ? noLabels : [`${numbers![clip]}`];
  const groups = GROUP_KINDS.map((kind) => {
    const names = input.ids.map((_, clip) => input.groups?.[clip]?.[kind]);
    const limits = { min: minOf(constraints, kind), max: maxOf(constraints, kind) };
    return [kind, familyOf((clip) => (names[clip] === undefined ? noLabels : [names[clip]]), count, limits)];
  });
  const selection: Selection = {
    input,
    constraints,
    isKept: new Uint8Array(count),
    cause: new Array<Rule | undefined>(count).fill(undefined),
    recordings: familyOf(named(input.audioIdentity ?? input.duplicateSet), count, { min: 0, max: Infinity }),
    duplicates: familyOf(named(input.duplicateSet), count, { min: 0, max: constraints.oneOfEachSet ? 1 : Infinity }),
    labels: labelsOf(input, constraints.minPerLabel ?? 0),
    groups: Object.fromEntries(groups) as Record<GroupKind, Family>,
    size: () => selection.isKept.reduce((sum, kept) => sum + kept, 0),
  };
  for (const clip of keep) flip(selection, clip, 1);
  const { members, kept, need } = selection.recordings;
  for (const [recording, { length }] of members.entries()) need[recording] = length > 1 && kept[recording]! > 0 ? 1 : 0;
  return selection;
}

function labelsOf({ ids, labels, classes }: ConstraintInput, min: number): Family {
  const family = familyOf((clip) => (labels?.[clip] ?? []).map(String), ids.length, { min, max: Infinity });
  return { ...family, names: family.names.map((label) => classes?.[Number(label)] ?? label) };
}

function familyOf(
  namesOf: (clip: number) => readonly string[],
  count: number,
  { min, max }: { readonly min: number; readonly max: number },
): Family {
  const sets = new Map<string, number>();
  const members: number[][] = [];
  const of: number[][] = [];
  for (let clip = 0; clip < count; clip++) {
    const own = [...new Set(namesOf(clip))].map((name) => {
      const set = sets.get(name) ?? sets.size;
      sets.set(name, set);
      members[set] ??= [];
      members[set].push(clip);
      return set;
    });
    of.push(own);
  }
  const need = Int32Array.from(members, ({ length }) => Math.min(min, length));
  return { names: [...sets.keys()], of, members, kept: new Int32Array(sets.size), need, max };
}

/** Keeps one more clip, by a rule. */
export function addClip(selection: Selection, clip: number, rule: Rule | undefined): void {
  flip(selection, clip, 1);
  selection.cause[clip] = rule;
}

/** Lets a kept clip go, by a rule. */
export function removeClip(selection: Selection, clip: number, rule: Rule | undefined): void {
  flip(selection, clip, 0);
  selection.cause[clip] = rule;
}

function flip({ isKept, recordings, duplicates, labels, groups }: Selection, clip: number, kept: 0 | 1): void {
  const step = kept - isKept[clip]!;
  isKept[clip] = kept;
  for (const family of [recordings, duplicates, labels, ...Object.values(groups)]) {
    for (const set of family.of[clip]!) family.kept[set]! += step;
  }
}

/**
 * The first rule that a kept clip could not go without breaking, among those that win over `step` and `step` itself. `least` is how many of a
 * set must stay.
 */
export function heldBy(
  selection: Selection,
  clip: number,
  step: Rule,
  least = (family: Family, set: number): number => family.need[set]!,
): Rule | undefined {
  const { constraints, recordings, labels, groups } = selection;
  const isNeeded = (family: Family) => family.of[clip]!.some((set) => family.kept[set]! <= least(family, set));
  if (constraints.protect?.has(clip)) return 'protect';
  if (isNeeded(recordings)) return 'copies';
  const place = RULES.indexOf(step);
  if (place >= RULES.indexOf('minPerLabel') && isNeeded(labels)) return 'minPerLabel';
  if (place >= RULES.indexOf('minPerGroup') && GROUP_KINDS.some((kind) => isNeeded(groups[kind]))) return 'minPerGroup';
  return undefined;
}

/** How many of each set of a clip are kept now, for `heldBy`: then none may fall below that, unless it has more than it needs. */
export function countsAround(
  { recordings, labels, groups }: Selection,
  clip: number,
): (family: Family, set: number) => number {
  const families = [recordings, labels, ...Object.values(groups)];
  const counts = new Map(
    families.map((family) => [family, new Map(family.of[clip]!.map((set) => [set, family.kept[set]!]))]),
  );
  return (family, set) => Math.min(family.need[set]!, counts.get(family)?.get(set) ?? Infinity);
}

/** The first rule that keeps a removed clip from coming back. */
export function barredBy(selection: Selection, clip: number): 'exclude' | 'copies' | 'maxPerGroup' | undefined {
  if (selection.constraints.exclude?.has(clip)) return 'exclude';
  const { of, kept, max } = selection.duplicates;
  if (of[clip]!.some((set) => kept[set]! >= max)) return 'copies';
  return fullKinds(selection, clip).length > 0 ? 'maxPerGroup' : undefined;
}

/** The kinds of which a clip's group holds as many kept clips as it may, or more. */
export function fullKinds({ groups }: Selection, clip: number): GroupKind[] {
  return GROUP_KINDS.filter((kind) =>
    groups[kind].of[clip]!.some((set) => groups[kind].kept[set]! >= groups[kind].max),
  );
}

/** Negative where clip `a` is kept rather than clip `b`: by priority, then by index. */
export function byPriority(selection: Selection): (a: number, b: number) => number {
  return (a, b) => priorityOf(selection, b) - priorityOf(selection, a) || a - b;
}

/** The priority for a clip, 0 where none was given. */
export function priorityOf({ constraints }: Selection, clip: number): number {
  return constraints.priority?.[clip] ?? 0;
}
