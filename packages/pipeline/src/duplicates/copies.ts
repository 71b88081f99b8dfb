import { type Host, indicesBy, type Matrix, onGrid, quietHost, type SimilarityKernel, takeRows } from '@refrain/core';
import { DUPLICATE_THRESHOLD, similarityOf } from '@refrain/core/pruning';
import { SUB_FINGERPRINT_SECONDS, SUB_FINGERPRINT_SPAN } from '@refrain/encoders';
import { isSameRecording, type RecordingRule } from '@refrain/pruned-dataset';
import { sameRecordings } from '../recordings/recordings.ts';
import { nearIdenticalPairs } from './nearPairs.ts';

/** How two clips are found to be copies, the surest first: equal samples, one acoustic fingerprint, embeddings that nearly coincide. */
export const COPY_LEVELS = ['identical', 'same-recording', 'near-identical'] as const;

/** How surely two clips are copies. */
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
  readonly excluded: Uint8Array;
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
  /** Seconds that both share, as far as the fingerprints tell. Absent where none matched, and for identical clips. */
  readonly overlap?: number;
  /** Whether fingerprints match, as they do for identical clips. */
  readonly isSameRecording: boolean;
  /** Whether the similarity reaches the threshold. */
  readonly isNearIdentical: boolean;
}

/** How to look for copies. */
export interface CopyOptions {
  /** Similarity from which clips are near-identical, default `DUPLICATE_THRESHOLD`. */
  readonly threshold?: number;
  /** When clips are of one recording, default `SAME_RECORDING`. */
  readonly rule?: RecordingRule;
  readonly host?: Host;
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
  { threshold = DUPLICATE_THRESHOLD, rule, host = quietHost() }: CopyOptions = {},
): Promise<CopyPair[]> {
  const { embeddings, excluded } = clips;
  const classes = [...indicesBy<string | number>(clips.audioHashes.map((hash, i) => hash ?? i)).values()];
  const first = Uint32Array.from(classes, ([index]) => index!);
  const pairs = new Map<number, CopyPair>();
  const add = (a: number, b: number, what: Pick<CopyPair, 'level' | 'shift' | 'overlap'>) => {
    const [i, j] = [Math.min(a, b), Math.max(a, b)];
    const similarity = similarityOf(embeddings, i, j);
    const isNearIdentical = similarity >= onGrid(threshold) && !excluded[i] && !excluded[j];
    const isSameRecording = what.shift !== undefined;
    pairs.set(i * embeddings.rows + j, { i, j, ...what, similarity, isNearIdentical, isSameRecording });
  };
  const between = (r: number, s: number) => {
    const [some, others] = [classes[r]!.slice(0, PAIRED_IDENTICAL), classes[s]!.slice(0, PAIRED_IDENTICAL)];
    return some.flatMap((a) => others.map((b) => [a, b] as const));
  };
  for (const { i: r, j: s } of await nearIdenticalPairs(takeRows(embeddings, first), kernel, threshold))
    if (!excluded[first[r]!] && !excluded[first[s]!])
      for (const [a, b] of between(r, s)) add(a, b, { level: 'near-identical' });
  // What is found twice is told by the surer of both.
  const fingerprints = clips.fingerprints === undefined ? [] : Array.from(first, (i) => clips.fingerprints![i]!);
  const bar = host.progress('comparing fingerprints', fingerprints.length, 'clips');
  const recordings = sameRecordings(fingerprints, rule, host.signal, (count) => bar.advance(count));
  for (const { i: r, j: s, ...found } of await recordings.finally(() => bar.end())) {
    const [a, b] = [fingerprints[r]!, fingerprints[s]!];
    // A repeat within the clips may be an even better match than the whole of them.
    const { offset } = isSameRecording(a, b) ?? found;
    const frames = Math.min(a.length, b.length + offset) - Math.max(0, offset);
    const overlap = hundredths((frames - 1) * SUB_FINGERPRINT_SECONDS + SUB_FINGERPRINT_SPAN);
    const shift = offset * SUB_FINGERPRINT_SECONDS;
    for (const [one, other] of between(r, s))
      add(one, other, {
        level: 'same-recording',
        shift: hundredths(one < other ? shift : 0 - shift),
        overlap,
      });
  }
  for (const members of classes)
    for (const [at, b] of members.entries())
      for (const a of members.slice(0, at < PAIRED_IDENTICAL ? at : 1)) add(a, b, { level: 'identical', shift: 0 });
  return [...pairs.values()].sort((one, other) => one.i - other.i || one.j - other.j);
}

const hundredths = (seconds: number) => Math.round(100 * seconds) / 100;

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
  const clips = [...above.keys()].sort((a, b) => a - b);
  return Array.from(indicesBy(clips.map(rootOf)).values(), (places) => places.map((at) => clips[at]!));
}
