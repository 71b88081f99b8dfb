/** Decisions are taken on similarities rounded to this grid, so that embeddings which differ in their last bits give the same result. */
export const SIMILARITY_GRID = 1e-6;

/** `similarity` on the grid of `SIMILARITY_GRID`. */
export function onGrid(similarity: number): number {
  return Math.round(similarity / SIMILARITY_GRID) / Math.round(1 / SIMILARITY_GRID);
}
