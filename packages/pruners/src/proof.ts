import { dot, onGrid, type PruneInput, REMOVAL_LEVELS, type Removal } from '@refrain/core';
import { DUPLICATE_THRESHOLD } from './duplicates/findDuplicates.ts';

/** Why one clip could go, and by which kept one. */
export type Proof = Pick<Removal, 'level' | 'partner' | 'similarity' | 'theta'>;

/** What is known of clips that may prove each other. */
export type ProofFacts = Pick<
  PruneInput,
  'embeddings' | 'audioIdentity' | 'sameRecording' | 'duplicateSet' | 'duplicateThreshold'
>;

/**
 * The kept clip that proves best why clip `index` could go: the strongest level, then the greatest similarity, then the first of `kept`.
 * `needed` is θ of the clip and a partner, on the grid. Undefined where none proves it.
 */
export function bestProof(
  facts: ProofFacts,
  index: number,
  kept: Iterable<number>,
  needed: (partner: number) => number,
): Proof | undefined {
  let best: Proof | undefined;
  for (const partner of kept) {
    const proof = proofBy(facts, index, partner, needed(partner));
    if (proof !== undefined && (best === undefined || isStronger(proof, best))) best = proof;
  }
  return best;
}

/**
 * The similarity of the least similar removed clip to its partner; Infinity where none is removed by similarity. Equal audio and a common
 * fingerprint prove themselves, however different the embeddings are.
 */
export function worstPartner(removed: readonly Pick<Removal, 'level' | 'similarity'>[]): number {
  const bySimilarity = removed.filter(({ level }) => level !== 'identical' && level !== 'same-recording');
  return bySimilarity.reduce((least, { similarity }) => Math.min(least, similarity), Infinity);
}

function isStronger(a: Proof, b: Proof): boolean {
  if (a.level === b.level) return a.similarity > b.similarity;
  return REMOVAL_LEVELS.indexOf(a.level) < REMOVAL_LEVELS.indexOf(b.level);
}

/** What `partner` proves about clip `index`, if anything. */
function proofBy(facts: ProofFacts, index: number, partner: number, needed: number): Proof | undefined {
  const duplicateThreshold = onGrid(facts.duplicateThreshold ?? DUPLICATE_THRESHOLD);
  const similarity = similarityOf(facts.embeddings, index, partner);
  const identical = soundIdentical(facts, index, partner);
  const sameRecording = areSameRecording(facts, index, partner);
  const sameSet = inOneSet(facts, index, partner);
  const isCopy = identical || sameRecording || sameSet || similarity >= duplicateThreshold;
  const theta = isCopy ? Math.min(needed, duplicateThreshold) : needed;
  const level = identical ? 'identical' : sameRecording ? 'same-recording' : isCopy ? 'near-identical' : 'redundant';
  if (similarity >= theta) return { level, partner, similarity, theta };
  // Equal audio and equal fingerprints need no similarity, and silence has none: the proof then names no θ.
  const bothSilent = isZero(facts, index) && isZero(facts, partner);
  return identical || sameRecording || (sameSet && bothSilent) ? { level, partner, similarity } : undefined;
}

/** The cosine of two clips, summed in float64, on the grid. */
export function similarityOf(embeddings: PruneInput['embeddings'], i: number, j: number): number {
  return onGrid(dot(embeddings, i, embeddings, j));
}

/** Whether two clips are known to decode to equal audio. */
export function soundIdentical({ audioIdentity }: Pick<PruneInput, 'audioIdentity'>, i: number, j: number): boolean {
  return isShared(audioIdentity, i, j);
}

/** Whether an acoustic fingerprint finds the recording of one clip in the other. */
export function areSameRecording({ sameRecording }: Pick<PruneInput, 'sameRecording'>, i: number, j: number): boolean {
  return sameRecording?.get(i)?.includes(j) ?? false;
}

/** Whether two clips belong to one duplicate set. */
export function inOneSet({ duplicateSet }: Pick<PruneInput, 'duplicateSet'>, i: number, j: number): boolean {
  return isShared(duplicateSet, i, j);
}

function isShared(numbers: Int32Array | undefined, i: number, j: number): boolean {
  return numbers !== undefined && numbers[i]! >= 0 && numbers[i] === numbers[j];
}

function isZero({ embeddings }: ProofFacts, clip: number): boolean {
  return dot(embeddings, clip, embeddings, clip) === 0;
}
