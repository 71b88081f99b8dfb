import { indicesBy, type Matrix, type PruneInput, type SimilarityKernel, zeros } from '@refrain/core';
import { DUPLICATE_THRESHOLD, type SimilarPairs, similarityOf, starCover } from '@refrain/core/pruning';
import { rowHash } from '@refrain/pruned-dataset';
import { nearIdenticalPairs } from './nearPairs.ts';

/** Which clips are copies of each other. */
export interface Duplicates {
  /** Set of each clip, −1 for a clip without copies. Every member is a copy of the one that represents the set. */
  readonly duplicateSet: Int32Array;
  /** Clips with equal numbers decode to equal audio; −1 for audio that occurs once or is not known. */
  readonly audioIdentity: Int32Array;
  /** One clip of every set and every clip without copies, ascending: who stands for the others in clustering. */
  readonly representatives: Uint32Array;
}

/** What is known of clips beside their embeddings, and from when on they are copies. */
export interface DuplicateOptions extends Pick<PruneInput, 'sameRecording' | 'excluded'> {
  /** Similarity from which two clips are copies, default `DUPLICATE_THRESHOLD`. */
  readonly threshold?: number;
}

/**
 * Copies among the rows of `embeddings` (unit rows): equal `audioHashes`, one recording, or a similarity of at least the threshold. The star cover
 * of these pairs makes the sets, so no chain of near-copies can drift away from the one that represents them, and the sets do not hang on the
 * order of the clips.
 */
export async function findDuplicates(
  embeddings: Matrix,
  audioHashes: readonly (string | undefined)[],
  kernel: SimilarityKernel,
  { threshold = DUPLICATE_THRESHOLD, sameRecording = new Map(), excluded }: DuplicateOptions = {},
): Promise<Duplicates> {
  const audioIdentity = identities(audioHashes);
  // A clip that occurs a thousand times would make half a million pairs: equal clips go through the search as one.
  const firstOf = firstEquals(embeddings, audioIdentity, excluded);
  const firsts = firstOf.filter((first, clip) => first === clip);
  const place = new Map(Array.from(firsts, (clip, at) => [clip, at]));
  const placeOf = (clip: number) => place.get(firstOf[clip]!)!;
  const isCompared = firstOf.map((first, clip) => (first === clip && !excluded?.[clip] ? 1 : 0));
  const near = await nearIdenticalPairs(embeddings, kernel, threshold, isCompared);
  const candidates = [
    ...near.map(({ i, j }) => [placeOf(i), placeOf(j)] as const),
    ...[...sameRecording].flatMap(([clip, others]) => others.map((other) => [placeOf(clip), placeOf(other)] as const)),
    ...audioPairs(audioIdentity, firsts),
  ];
  const leaderOf = starCover(firsts.length, pairsOf(candidates, firsts, embeddings), 'most-neighbours', () => true);
  const representative = firstOf.map((first) => firsts[leaderOf[placeOf(first)]!]!);
  return { ...setsOf(representative), audioIdentity };
}

/** The sets, numbered by their representatives, ascending. */
function setsOf(representative: Uint32Array): Pick<Duplicates, 'duplicateSet' | 'representatives'> {
  const sizes = new Uint32Array(representative.length);
  for (const clip of representative) sizes[clip]!++;
  const setOf = new Int32Array(representative.length).fill(-1);
  let sets = 0;
  for (const [clip, size] of sizes.entries()) if (size > 1) setOf[clip] = sets++;
  return {
    duplicateSet: Int32Array.from(representative, (clip) => setOf[clip]!),
    representatives: representative.filter((first, clip) => first === clip),
  };
}

/** For each clip the first one with equal bytes in its row, or, where its row says nothing, with equal audio. */
function firstEquals(embeddings: Matrix, audioIdentity: Int32Array, excluded: Uint8Array | undefined): Uint32Array {
  const silence = rowHash(zeros(1, embeddings.cols), 0);
  const firstOf = new Map<string | number, number>();
  return new Uint32Array(embeddings.rows).map((_, clip) => {
    const row = excluded?.[clip] ? silence : rowHash(embeddings, clip);
    const key = row === silence ? audioIdentity[clip]! : row;
    if (key === -1) return clip;
    if (!firstOf.has(key)) firstOf.set(key, clip);
    return firstOf.get(key)!;
  });
}

/** The pairs of equal audio among those that stand for equal clips, by place: few, for equal audio mostly has equal rows. */
function audioPairs(audioIdentity: Int32Array, firsts: Uint32Array): (readonly [number, number])[] {
  const ofAudio = indicesBy(
    Array.from(firsts, (clip) => (audioIdentity[clip]! < 0 ? undefined : audioIdentity[clip]!)),
  );
  return [...ofAudio.values()].flatMap((places) =>
    places.flatMap((at, nth) => places.slice(0, nth).map((other) => [other, at] as const)),
  );
}

/** Each pair once, with its similarity. */
function pairsOf(
  candidates: readonly (readonly [number, number])[],
  firsts: Uint32Array,
  embeddings: Matrix,
): SimilarPairs {
  const unique = new Map<number, readonly [number, number]>();
  for (const [a, b] of candidates) {
    const [i, j] = [Math.min(a, b), Math.max(a, b)];
    if (i !== j) unique.set(i * firsts.length + j, [i, j]);
  }
  const pairs = [...unique.values()];
  return {
    i: Uint32Array.from(pairs, ([i]) => i),
    j: Uint32Array.from(pairs, ([, j]) => j),
    similarity: Float64Array.from(pairs, ([i, j]) => similarityOf(embeddings, firsts[i]!, firsts[j]!)),
  };
}

function identities(audioHashes: readonly (string | undefined)[]): Int32Array {
  const identity = new Int32Array(audioHashes.length).fill(-1);
  const shared = [...indicesBy(audioHashes).values()].filter((clips) => clips.length > 1);
  for (const [number, clips] of shared.entries()) for (const clip of clips) identity[clip] = number;
  return identity;
}
