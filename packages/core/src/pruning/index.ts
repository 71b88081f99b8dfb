export { clustersOf } from './clusters.ts';
export { jensenShannonDivergence } from './divergence.ts';
export { type Divergences, divergencesOf } from './divergences.ts';
export { compareKeys, pop, push, type SortKey } from './heap.ts';
export { keptCopies } from './keptCopies.ts';
export {
  areSameRecording,
  bestProof,
  certaintyOf,
  copyProof,
  DUPLICATE_THRESHOLD,
  inOneSet,
  LEVEL_STEP,
  neededBy,
  type Proof,
  type ProofFacts,
  similarityOf,
  similarityOverTheta,
  soundIdentical,
  withWorstPartner,
  worstPartner,
} from './proof.ts';
export { type SimilarPairs, starCover } from './starCover.ts';
export { extraShare } from './target.ts';
