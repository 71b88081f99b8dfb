import { GROUP_KINDS, type GroupKind, type PruneInput } from '@refrain/core';

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
  readonly preference?: Float64Array;
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

/** Whether anything is asked at all; a preference alone asks nothing. */
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

/** The numbers that tell which clips sound exactly alike; −1, or absent, for a clip that nothing else sounds like. */
export function recordingsOf({
  audioIdentity,
  duplicateSet,
}: Pick<ConstraintInput, 'audioIdentity' | 'duplicateSet'>): Int32Array | undefined {
  return audioIdentity ?? duplicateSet;
}
