export { type GrownQuery, grownPairs } from './grown.ts';
export { copyRows } from './movedRows.ts';
export { type FoundLists, foundLists, mergeFoundLists } from './nearest.ts';
export { emptyPairs, type PairList, pushPair, sortedPairs } from './pairs.ts';
export { identityOrder, type Pass, type Task, TILES_A_SIDE, tasksOf } from './pass.ts';
export { checkPoints, ReducedPoints, type Reducer } from './reducedPoints.ts';
export {
  emptyFindings,
  type Findings,
  inlineWork,
  mergeFindings,
  productsOf,
  runPass,
  sharesOf,
  type Work,
} from './runPass.ts';
export { FLOAT32_ROUNDOFF, type InnerProducts, type ProductFloors, type TileSize } from './tiles.ts';
export { type ReductionOptions, withReductions } from './withReductions.ts';
