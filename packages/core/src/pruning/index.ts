export { type Divergences, divergencesOf, extraShare, jensenShannonDivergence } from './divergence.ts';
export { compareKeys, pop, push, type SortKey } from './heap.ts';
export {
  areSameRecording,
  bestProof,
  certaintyOf,
  clustersOf,
  copyProof,
  DUPLICATE_THRESHOLD,
  keptCopies,
  neededBy,
  type Proof,
  type ProofFacts,
  similarityOf,
  soundIdentical,
  withWorstPartner,
  worstPartner,
} from './proof.ts';
export { type SimilarPairs, starCover } from './starCover.ts';
