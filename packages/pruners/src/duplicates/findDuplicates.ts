import { dot, type Matrix, onGrid, type PruneInput, type SimilarityKernel } from '@refrain/core';

/** Similarity from which two clips count as copies of each other. */
export const DUPLICATE_THRESHOLD = 1 - 1e-4;

/** Which clips are copies of each other. */
export interface Duplicates {
  /** Set of each clip, −1 for a clip without copies. Every member sounds exactly like the first one, or is above the threshold with it. */
  readonly duplicateSet: Int32Array;
  /** Clips with equal numbers decode to equal audio; −1 for audio that occurs once or is not known. */
  readonly audioIdentity: Int32Array;
  /** The first clip of every set and every clip without copies, ascending: who stands for the others in clustering. */
  readonly representatives: Uint32Array;
}

/** What is known of clips beside their embeddings, and from when on they are copies. */
export interface DuplicateOptions extends Pick<PruneInput, 'sameRecording' | 'apart'> {
  /** Similarity from which two clips are copies, default `DUPLICATE_THRESHOLD`. */
  readonly threshold?: number;
}

/**
 * Copies among the rows of `embeddings` (unit rows): equal `audioHashes`, one recording, or a similarity of at least the threshold. Each clip in index
 * order that is nobody's copy yet takes all later copies of itself, so no chain of near-copies can drift away from the first.
 */
export async function findDuplicates(
  embeddings: Matrix,
  audioHashes: readonly (string | undefined)[],
  kernel: SimilarityKernel,
  { threshold = DUPLICATE_THRESHOLD, sameRecording, apart }: DuplicateOptions = {},
): Promise<Duplicates> {
  const audioIdentity = identities(audioHashes);
  const candidates = new Map<number, number[]>();
  const add = (first: number, later: readonly number[]) =>
    candidates.set(first, [...(candidates.get(first) ?? []), ...later]);
  for (const { i, j } of await nearIdenticalPairs(embeddings, kernel, threshold))
    if (!apart?.[i] && !apart?.[j]) add(i, [j]);
  for (const [first, others] of sameRecording ?? [])
    add(
      first,
      others.filter((other) => other > first),
    );
  for (const [first, later] of audioTwins(audioIdentity)) add(first, later);
  const duplicateSet = new Int32Array(embeddings.rows).fill(-1);
  const representatives: number[] = [];
  const taken = new Uint8Array(embeddings.rows);
  let sets = 0;
  for (let i = 0; i < embeddings.rows; i++) {
    if (taken[i]) continue;
    representatives.push(i);
    const copies = (candidates.get(i) ?? []).filter((j) => !taken[j]);
    for (const j of copies) {
      taken[j] = 1;
      duplicateSet[i] = duplicateSet[j] = sets;
    }
    if (copies.length > 0) sets++;
  }
  return { duplicateSet, audioIdentity, representatives: Uint32Array.from(representatives) };
}

function identities(audioHashes: readonly (string | undefined)[]): Int32Array {
  const members = new Map<string, number[]>();
  for (const [i, hash] of audioHashes.entries()) {
    if (hash !== undefined) members.set(hash, [...(members.get(hash) ?? []), i]);
  }
  const identity = new Int32Array(audioHashes.length).fill(-1);
  const shared = [...members.values()].filter((clips) => clips.length > 1);
  for (const [number, clips] of shared.entries()) for (const clip of clips) identity[clip] = number;
  return identity;
}

/** For each clip, the later ones with the same audio. */
function audioTwins(identity: Int32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [i, number] of identity.entries()) if (number >= 0) groups.set(number, [...(groups.get(number) ?? []), i]);
  return new Map(
    [...groups.values()].flatMap((clips) => clips.map((clip, at) => [clip, clips.slice(at + 1)] as const)),
  );
}

/** Two clips i < j and their cosine, rounded to the grid of decisions. */
export interface NearIdenticalPair {
  readonly i: number;
  readonly j: number;
  readonly similarity: number;
}

/** All pairs of rows (unit rows) with a similarity of at least `threshold`, by i, then j. The kernel finds candidates; float64 decides. */
export async function nearIdenticalPairs(
  embeddings: Matrix,
  kernel: SimilarityKernel,
  threshold: number = DUPLICATE_THRESHOLD,
): Promise<NearIdenticalPair[]> {
  const points = await kernel.load(embeddings);
  const floor = new Float32Array(embeddings.rows).fill(threshold - points.tolerance);
  const found = await points.pairsAbove({ floor }).finally(() => points.close());
  const pairs: NearIdenticalPair[] = [];
  for (const [p, i] of found.i.entries()) {
    const j = found.j[p]!;
    const similarity = onGrid(dot(embeddings, i, embeddings, j));
    if (similarity >= onGrid(threshold)) pairs.push({ i, j, similarity });
  }
  return pairs;
}
