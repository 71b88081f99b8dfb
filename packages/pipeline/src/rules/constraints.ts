import { ConfigError, GROUP_KINDS, type GroupKind, indicesBy, largest, type PruneInput } from '@refrain/core';

/** What must hold for the kept clips, whichever strategy chose them. Every field may be left out. */
export interface Constraints {
  /** Indices of clips that must stay. */
  readonly protect?: ReadonlySet<number>;
  /** Indices of clips that must go. */
  readonly exclude?: ReadonlySet<number>;
  /** At least so many kept clips of each label, or all that it has. */
  readonly minPerLabel?: number;
  /** At most so many kept clips of one track, album, artist. Clips of which it is not known are not counted. */
  readonly maxPerGroup?: Readonly<Partial<Record<GroupKind, number>>>;
  /** At least so many kept clips of each track, album, artist, or all that it has. */
  readonly minPerGroup?: Readonly<Partial<Record<GroupKind, number>>>;
  /** At most one kept clip of each duplicate set, but for protected ones. */
  readonly oneOfEachSet?: boolean;
  /** Exactly so many kept clips. */
  readonly size?: number;
  /** Per clip: of two, the one with the higher value is kept rather. Says nothing by itself, only how the others are met. */
  readonly priority?: Float64Array;
}

/** What is known of the clips; index i means clip i in every field. */
export interface ConstraintInput
  extends Pick<
    PruneInput,
    'ids' | 'embeddings' | 'clustering' | 'groups' | 'labels' | 'duplicateSet' | 'audioIdentity' | 'duplicateThreshold'
  > {
  /** The names that `labels` point to, for the report; without them it names the numbers. */
  readonly classes?: readonly string[];
}

/** Whether anything is asked at all; a priority alone asks nothing. */
export function asksNothing(constraints: Constraints): boolean {
  const { protect, exclude, minPerLabel, size } = constraints;
  return (
    (protect?.size ?? 0) + (exclude?.size ?? 0) === 0 &&
    (minPerLabel ?? 0) === 0 &&
    size === undefined &&
    GROUP_KINDS.every((kind) => maxOf(constraints, kind) === Infinity && minOf(constraints, kind) === 0)
  );
}

/** Most kept clips of one group of a kind, Infinity for any number. */
export function maxOf({ maxPerGroup }: Constraints, kind: GroupKind): number {
  return maxPerGroup?.[kind] ?? Infinity;
}

/** Fewest kept clips of one group of a kind, 0 for any number. */
export function minOf({ minPerGroup }: Constraints, kind: GroupKind): number {
  return minPerGroup?.[kind] ?? 0;
}

/** What is known of the clips before any of them is encoded. */
export type ConstraintFacts = Pick<ConstraintInput, 'ids' | 'labels' | 'groups' | 'audioIdentity' | 'duplicateSet'>;

/**
 * Refuses constraints that no choice of clips can meet, as far as that shows without looking at embeddings: so it can be asked before any
 * work begins. Throws a ConfigError that names the option (`minPerLabel`, `maxPerGroup.track`, `keep`, `overrides`).
 */
export function refuseImpossible(facts: ConstraintFacts, constraints: Constraints): void {
  checkPersonal(facts, constraints);
  checkNumbers(facts, constraints);
  const { size } = constraints;
  if (size === undefined) return;
  checkSize(facts.ids.length, size, constraints);
  checkRoom(facts, size, constraints);
  checkNeeds(facts, size, constraints);
}

function checkPersonal({ ids }: ConstraintFacts, { protect = new Set(), exclude = new Set() }: Constraints): void {
  const refuse = (message: string) => {
    throw new ConfigError('overrides', message);
  };
  for (const clip of [...protect, ...exclude]) {
    if (protect.has(clip) && exclude.has(clip))
      refuse(`\`overrides\` says both keep and remove for clip ${ids[clip]}; choose one.`);
  }
  if (ids.length > 0 && exclude.size === ids.length)
    refuse(`\`overrides\` removes all ${ids.length} clips; at least one must stay.`);
}

function checkNumbers(facts: ConstraintFacts, constraints: Constraints): void {
  const { minPerLabel, size } = constraints;
  if (size !== undefined && size < 1)
    throw new ConfigError('keep', `\`keep\` is ${size}; expected a whole number from 1 on.`);
  if ((minPerLabel ?? 0) > 0 && !facts.labels?.some((labels) => labels.length > 0)) {
    throw new ConfigError('minPerLabel', '`minPerLabel` needs labels, but no clip has any; leave it out.');
  }
  for (const kind of GROUP_KINDS) {
    const [min, max] = [minOf(constraints, kind), maxOf(constraints, kind)];
    if (min > max)
      throw new ConfigError(
        `minPerGroup.${kind}`,
        `\`minPerGroup.${kind}\` ${min} is more than \`maxPerGroup.${kind}\` ${max}.`,
      );
    const option = max < Infinity ? `maxPerGroup.${kind}` : min > 0 ? `minPerGroup.${kind}` : undefined;
    if (option !== undefined && !facts.groups?.some((groups) => groups?.[kind] !== undefined))
      throw new ConfigError(
        option,
        `\`${option}\` needs to know the ${kind} of clips, but no clip names one; leave it out.`,
      );
  }
}

function checkSize(count: number, size: number, { protect, exclude }: Constraints): void {
  const left = count - (exclude?.size ?? 0);
  if (size > left) {
    const without = left < count ? ` ${count - left} of them removed by \`overrides\`,` : '';
    throw new ConfigError('keep', `\`keep\` asks for ${size} clips, but of ${count},${without} only ${left} can stay.`);
  }
  if (size < (protect?.size ?? 0))
    throw new ConfigError('keep', `\`keep\` asks for ${size} clips, but \`overrides\` keeps ${protect!.size} already.`);
}

/** Refuses a size above what the maxima leave room for. */
function checkRoom(facts: ConstraintFacts, size: number, constraints: Constraints): void {
  const { protect, exclude } = constraints;
  const recording = facts.audioIdentity ?? facts.duplicateSet;
  for (const kind of GROUP_KINDS) {
    const max = maxOf(constraints, kind);
    if (max === Infinity) continue;
    // Clips of no group, and those of each as far as they may stay.
    let room = facts.ids.length - (exclude?.size ?? 0);
    for (const clips of groupsOf(facts, exclude, kind).values()) {
      // Protected clips and last copies may exceed the maximum.
      const free = new Set(clips.map((clip) => recording?.[clip] ?? -1).filter((number) => number >= 0)).size;
      const above = free + clips.filter((clip) => protect?.has(clip)).length;
      room -= Math.max(0, clips.length - Math.max(max, above));
    }
    if (size > room) {
      throw new ConfigError(
        `maxPerGroup.${kind}`,
        `\`maxPerGroup.${kind}\` ${max} leaves room for at most ${room} clips, but \`keep\` asks for ${size}; raise the one or lower the other.`,
      );
    }
  }
}

/** Refuses a size below what the minima need for certain. */
function checkNeeds(facts: ConstraintFacts, size: number, constraints: Constraints): void {
  const refuse = (option: string, min: number, needed: number) => {
    if (needed <= size) return;
    throw new ConfigError(
      option,
      `\`${option}\` ${min} needs at least ${needed} clips, but \`keep\` asks for ${size}; lower the one or raise the other.`,
    );
  };
  const { exclude, minPerLabel = 0 } = constraints;
  refuse('minPerLabel', minPerLabel, labelNeed(facts, exclude, minPerLabel));
  for (const kind of GROUP_KINDS) {
    const min = minOf(constraints, kind);
    let needed = 0;
    for (const clips of groupsOf(facts, exclude, kind).values()) needed += Math.min(min, clips.length);
    refuse(`minPerGroup.${kind}`, min, needed);
  }
}

/** A lower bound: as many as the most demanding label needs, and as all need together if every clip had as many labels as the richest. */
function labelNeed({ ids, labels }: ConstraintFacts, exclude: ReadonlySet<number> | undefined, min: number): number {
  const own = ids.map((_, clip) => [...new Set(exclude?.has(clip) ? [] : labels?.[clip])]);
  const needs = Array.from(indicesBy(own.flat()).values(), ({ length }) => Math.min(min, length));
  const most = Math.max(1, largest(own.map(({ length }) => length)));
  const together = needs.reduce((sum, need) => sum + need, 0);
  return Math.max(Math.ceil(together / most), largest(needs));
}

/** The clips of each group of a kind that are not excluded. */
function groupsOf(
  { ids, groups }: ConstraintFacts,
  exclude: ReadonlySet<number> | undefined,
  kind: GroupKind,
): ReadonlyMap<string, readonly number[]> {
  return indicesBy(ids.map((_, clip) => (exclude?.has(clip) ? undefined : groups?.[clip]?.[kind])));
}
