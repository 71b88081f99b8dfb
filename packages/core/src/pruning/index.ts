export { type Divergences, divergencesOf, extraShare, jensenShannonDivergence } from './divergence.ts';
export { compareKeys, pop, push, type SortKey } from './heap.ts';
export {
  addRows,
  type CosineMoments,
  cosineMoments,
  deviationOf,
  type MeasureCosines,
  measureCosines,
  noMoments,
  type RowBlock,
  type RowMoments,
} from './moments.ts';
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
  reachBy,
  similarityOf,
  soundIdentical,
  withWorstPartner,
  worstPartner,
  worstScore,
} from './proof.ts';
export { linearScore, scoreOf } from './scores.ts';
export { type SimilarPairs, starCover } from './starCover.ts';
