import { dot, dots, rowOf } from '../matrix.ts';
import { indicesBy } from '../order.ts';
import {
  type PruneInput,
  type Pruning,
  type PruningRule,
  REMOVAL_LEVELS,
  type Removal,
  type RemovalLevel,
} from '../pruner.ts';
import { onGrid } from '../similarityGrid.ts';
import { neededByScore, scoreOf } from './scores.ts';

/** Similarity from which two clips count as copies of each other. */
export const DUPLICATE_THRESHOLD = 1 - 1e-4;

/** Why one clip could go, and by which kept one. */
export type Proof = Pick<Removal, 'level' | 'partner' | 'similarity' | 'theta'>;

/** What is known of clips that may prove each other. */
export type ProofFacts = Pick<
  PruneInput,
  'embeddings' | 'audioIdentity' | 'sameRecording' | 'duplicateSet' | 'duplicateThreshold'
>;

/** The similarity that clip `index` needs to go for clip `partner` by a rule; Infinity where only a copy can stand for it. */
export function neededBy(rule: PruningRule, index: number, partner: number): number {
  if (rule.kind === 'none') return Infinity;
  if (rule.kind === 'constant') return rule.theta;
  if (rule.kind === 's-norm') return neededByScore(rule, index, partner);
  const own = rule.thetas[index]!;
  return rule.kind === 'pair' ? Math.max(own, rule.thetas[partner]!) : own;
}

/**
 * What orders the pairs that reach a rule: their similarity over θ, 1 where they just do. By scores the similarity itself: a score says whether a
 * pair is no chance, and of what is none the most alike goes first.
 */
export function reachBy(rule: PruningRule, index: number, partner: number, similarity: number): number {
  return rule.kind === 's-norm' ? similarity : similarityOverTheta(similarity, neededBy(rule, index, partner));
}

/**
 * The kept clip that proves most surely why clip `index` could go (`certaintyOf`), of equals the first of `kept`. `needed` is θ of the clip and
 * a partner, on the grid; `reach` is how far a similarity reaches it. Undefined where none proves it.
 */
export function bestProof(
  facts: ProofFacts,
  index: number,
  kept: Iterable<number>,
  needed: (partner: number) => number,
  reach = (partner: number, similarity: number) => similarityOverTheta(similarity, needed(partner)),
): Proof | undefined {
  let best: { readonly proof: Proof; readonly certainty: number } | undefined;
  const partners = Array.from(kept);
  const cosines = dots(facts.embeddings, index, partners);
  for (const [at, partner] of partners.entries()) {
    const proof = proofBy(facts, index, partner, onGrid(cosines[at]!), needed(partner));
    if (proof === undefined) continue;
    const certainty = certaintyAt(proof.level, reach(partner, proof.similarity));
    if (best === undefined || certainty > best.certainty) best = { proof, certainty };
  }
  return best?.proof;
}

/** What proves that a clip could go for a kept one that is its copy, whatever θ is; undefined where it is none. */
export function copyProof(facts: ProofFacts, index: number, partner: number): Proof | undefined {
  // No similarity but that of a copy reaches 1.
  return partner < 0 ? undefined : bestProof(facts, index, [partner], () => 1);
}

/**
 * The similarity of the least similar removed clip to its partner; Infinity where none is removed by similarity. Equal audio and a common
 * fingerprint prove themselves, however different the embeddings are.
 */
export function worstPartner(removed: readonly Pick<Removal, 'level' | 'similarity'>[]): number {
  const bySimilarity = removed.filter(({ level }) => level !== 'identical' && level !== 'same-recording');
  return bySimilarity.reduce((least, { similarity }) => Math.min(least, similarity), Infinity);
}

/** The lowest score of a redundant clip with its partner; Infinity where the rule has no scores or nothing is removed by it. */
export function worstScore(rule: PruningRule, removed: readonly Removal[]): number {
  if (rule.kind !== 's-norm') return Infinity;
  return removed.reduce((least, { level, index, partner, similarity }) => {
    return level === 'redundant' ? Math.min(least, scoreOf(rule, index, partner, similarity)) : least;
  }, Infinity);
}

/** The decisions of a strategy, with the least similar partner and the lowest score as they are now where it has a rule or names such a partner. */
export function withWorstPartner(
  { decisions, rule }: Pick<Pruning, 'decisions' | 'rule'>,
  removed: readonly Removal[],
): Pruning['decisions'] {
  const { worstPartnerSimilarity: before, worstPartnerScore: _, ...others } = decisions;
  if (rule.kind === 'none' && before === undefined) return decisions;
  const worst = worstPartner(removed);
  const score = worstScore(rule, removed);
  return {
    ...others,
    ...(worst < Infinity && { worstPartnerSimilarity: worst }),
    ...(score < Infinity && { worstPartnerScore: score }),
  };
}

/** What sets the levels of `certaintyOf` apart: θ is at least one grid step, so no similarity is more than a million times θ. */
const LEVEL_STEP = 4e6;

/**
 * How sure it is that one of two clips may go for the other, symmetric: a stronger level is surer than any weaker one, and within a level
 * `reachBy` decides. −Infinity where a redundant pair does not reach the rule, however alike it is.
 */
export function certaintyOf(facts: ProofFacts, i: number, j: number, rule: PruningRule): number {
  const similarity = similarityOf(facts.embeddings, i, j);
  const level = levelOf(facts, i, j, similarity);
  if (level === 'redundant' && similarity < neededBy(rule, i, j)) return -Infinity;
  return certaintyAt(level, reachBy(rule, i, j, similarity));
}

function certaintyAt(level: RemovalLevel, reach: number): number {
  const strength = REMOVAL_LEVELS.indexOf('redundant') - REMOVAL_LEVELS.indexOf(level);
  return strength * LEVEL_STEP + reach;
}

/** How far a similarity reaches θ, 1 where it just does. A θ of 0 or less says nothing about a pair: there it is the similarity itself. */
function similarityOverTheta(similarity: number, theta: number): number {
  return theta > 0 ? similarity / theta : similarity;
}

/** What two clips are to each other if one of them is redundant. */
function levelOf(facts: ProofFacts, i: number, j: number, similarity: number): Exclude<RemovalLevel, 'unsupported'> {
  if (soundIdentical(facts, i, j)) return 'identical';
  if (areSameRecording(facts, i, j)) return 'same-recording';
  const isNear = similarity >= onGrid(facts.duplicateThreshold ?? DUPLICATE_THRESHOLD);
  return isNear || inOneSet(facts, i, j) ? 'near-identical' : 'redundant';
}

/** What `partner` proves about clip `index`, if anything. */
function proofBy(
  facts: ProofFacts,
  index: number,
  partner: number,
  similarity: number,
  needed: number,
): Proof | undefined {
  const level = levelOf(facts, index, partner, similarity);
  const copyThreshold = onGrid(facts.duplicateThreshold ?? DUPLICATE_THRESHOLD);
  const theta = level === 'redundant' ? needed : Math.min(needed, copyThreshold);
  if (similarity >= theta) return { level, partner, similarity, theta };
  // Equal audio and equal fingerprints need no similarity, and silence has none: the proof then names no θ.
  const provesItself =
    level === 'identical' ||
    level === 'same-recording' ||
    (level === 'near-identical' && isZero(facts, index) && isZero(facts, partner));
  return provesItself ? { level, partner, similarity } : undefined;
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
function inOneSet({ duplicateSet }: Pick<PruneInput, 'duplicateSet'>, i: number, j: number): boolean {
  return isShared(duplicateSet, i, j);
}

function isShared(numbers: Int32Array | undefined, i: number, j: number): boolean {
  return numbers !== undefined && numbers[i]! >= 0 && numbers[i] === numbers[j];
}

function isZero({ embeddings }: ProofFacts, clip: number): boolean {
  return rowOf(embeddings, clip).every((value) => value === 0);
}

/** The kept clips of each clip's duplicate set. */
export function keptCopies(
  { duplicateSet }: Pick<PruneInput, 'duplicateSet'>,
  isKept: Uint8Array,
): (clip: number) => readonly number[] {
  const members = indicesBy(
    Array.from(duplicateSet ?? [], (set, clip) => (set >= 0 && isKept[clip] ? set : undefined)),
  );
  return (clip) => members.get(duplicateSet?.[clip] ?? -1) ?? [];
}

/** The clips of each cluster that has any, ascending; clusters by their first clip, whatever their numbers, noise among them as −1. */
export function clustersOf(labels: Int32Array): Map<number, Uint32Array> {
  return new Map(Array.from(indicesBy(labels), ([label, list]) => [label, Uint32Array.from(list)]));
}
