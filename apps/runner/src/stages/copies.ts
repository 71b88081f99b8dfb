import { dot, type Matrix, onGrid, type SimilarityKernel, takeRows } from '@refrain/core';
import { SUB_FINGERPRINT_SECONDS } from '@refrain/encoders';
import { DUPLICATE_THRESHOLD, nearIdenticalPairs, sameRecordings } from '@refrain/pruners';

/** How two clips are found to be copies, the surest first: equal samples, one acoustic fingerprint, embeddings that nearly coincide. */
export const COPY_LEVELS = ['identical', 'same-recording', 'near-identical'] as const;

export type CopyLevel = (typeof COPY_LEVELS)[number];

/** Clips among which copies are looked for; index i means clip i everywhere. */
export interface ComparableClips {
  /** Unit rows; a row without any direction is zero. */
  readonly embeddings: Matrix;
  /** Equal for clips of equal samples; undefined where there is no audio. */
  readonly audioHashes: readonly (string | undefined)[];
  /** Sub-fingerprints in time order; absent where none were taken. */
  readonly fingerprints?: readonly Uint32Array[];
  /** 1 for a clip too short to be compared by its embedding. */
  readonly apart: Uint8Array;
}

/** Two clips i < j that are copies. */
export interface CopyPair {
  readonly i: number;
  readonly j: number;
  /** The surest that was found. */
  readonly level: CopyLevel;
  /** Cosine, rounded to the grid of decisions. */
  readonly similarity: number;
  /** Seconds from the start of i to that of j in what they share, to 0.06: negative where j begins earlier. Absent where no fingerprint matched. */
  readonly shift?: number;
  /** Whether fingerprints match; for identical clips where they are long enough for one. */
  readonly isSameRecording: boolean;
  /** Whether the similarity reaches the threshold. */
  readonly isNearIdentical: boolean;
}

/** How to look for copies. */
export interface CopyOptions {
  /** Similarity from which clips are near-identical, default `DUPLICATE_THRESHOLD`. */
  readonly threshold?: number;
  readonly signal?: AbortSignal;
  /** Called with the number of clips whose fingerprints have been compared with all others since the last call. */
  readonly onCompared?: (clips: number) => void;
}

/** Of more identical clips than this, only the pairs with the first are given: a thousand silent clips make half a million. */
const PAIRED_IDENTICAL = 50;

/**
 * All pairs of copies, by i, then j. Of clips with equal samples one stands for the others while similarities and fingerprints are compared. Pairs need not be
 * transitive: two excerpts may each overlap a third and not each other.
 */
export async function findCopyPairs(
  clips: ComparableClips,
  kernel: SimilarityKernel,
  { threshold = DUPLICATE_THRESHOLD, signal, onCompared }: CopyOptions = {},
): Promise<CopyPair[]> {
  const { embeddings, fingerprints, apart } = clips;
  const classes = identicalClips(clips.audioHashes);
  const first = Uint32Array.from(classes, ([index]) => index!);
  const near: [number, number][] = [];
  for (const { i, j } of await nearIdenticalPairs(takeRows(embeddings, first), kernel, threshold))
    if (!apart[first[i]!] && !apart[first[j]!]) near.push([i, j]);
  const own = fingerprints && Array.from(first, (i) => fingerprints[i]!);
  const found = own === undefined ? [] : await sameRecordings(own, undefined, signal, onCompared);
  const offsets = new Map(found.map(({ i, j, offset }) => [i * first.length + j, offset]));
  for (const { i, j } of found) near.push([i, j]);
  const pairs = new Map<number, CopyPair>();
  const add = (a: number, b: number, offset: number | undefined, isIdentical: boolean) => {
    const [i, j, frames] = a < b ? [a, b, offset] : [b, a, offset === undefined ? undefined : -offset];
    const similarity = onGrid(dot(embeddings, i, embeddings, j));
    const isNearIdentical = similarity >= onGrid(threshold) && !apart[i] && !apart[j];
    const shift = frames === undefined ? undefined : Math.round(100 * frames * SUB_FINGERPRINT_SECONDS) / 100;
    const level = isIdentical ? 'identical' : frames === undefined ? 'near-identical' : 'same-recording';
    pairs.set(i * embeddings.rows + j, {
      ...{ i, j, level, similarity, isNearIdentical, isSameRecording: frames !== undefined },
      ...(shift !== undefined && { shift }),
    });
  };
  for (const [r, s] of near) {
    const offset = offsets.get(r * first.length + s);
    for (const a of classes[r]!.slice(0, PAIRED_IDENTICAL))
      for (const b of classes[s]!.slice(0, PAIRED_IDENTICAL)) add(a, b, offset, false);
  }
  for (const members of classes)
    for (const [at, b] of members.entries())
      for (const a of members.slice(0, at < PAIRED_IDENTICAL ? at : 1)) add(a, b, 0, true);
  return [...pairs.values()].sort((one, other) => one.i - other.i || one.j - other.j);
}

/** The clips of each set that pairs connect, ascending; sets by their first clip. */
export function copySets(pairs: readonly Pick<CopyPair, 'i' | 'j'>[]): number[][] {
  const above = new Map<number, number>();
  const rootOf = (clip: number): number => {
    let root = clip;
    while ((above.get(root) ?? root) !== root) root = above.get(root)!;
    above.set(clip, root);
    return root;
  };
  for (const { i, j } of pairs) {
    const [a, b] = [rootOf(i), rootOf(j)];
    above.set(Math.max(a, b), Math.min(a, b));
  }
  const sets = new Map<number, number[]>();
  for (const clip of [...above.keys()].sort((a, b) => a - b)) {
    const root = rootOf(clip);
    if (!sets.has(root)) sets.set(root, []);
    sets.get(root)!.push(clip);
  }
  return [...sets.values()];
}

/** Clips of equal samples, ascending, those without equals by themselves; by their first clip. */
function identicalClips(audioHashes: readonly (string | undefined)[]): number[][] {
  const classes = new Map<string | number, number[]>();
  for (const [i, hash] of audioHashes.entries()) {
    const key = hash ?? i;
    if (!classes.has(key)) classes.set(key, []);
    classes.get(key)!.push(i);
  }
  return [...classes.values()];
}
