import { dot, type LoadedPoints, type Matrix, onGrid, type SimilarityKernel, takeRows } from '@refrain/core';

/** Rows and columns of a tile: 4 MB of similarities at a time. */
const TILE = 1024;

/**
 * The greatest similarity of each clip of `ordered` to one before it, on the grid; −Infinity for the first. The kernel proposes and float64
 * decides. Takes n²/2 similarities and the memory of a few tiles.
 */
export async function greatestEarlier(
  embeddings: Matrix,
  ordered: Uint32Array,
  kernel: SimilarityKernel,
  signal: AbortSignal,
): Promise<Float64Array> {
  const greatest = new Float64Array(ordered.length).fill(-Infinity);
  if (ordered.length < 2) return greatest;
  const rows = takeRows(embeddings, ordered);
  const points = await kernel.load(rows);
  try {
    for (let start = 0; start < ordered.length; start += TILE) {
      for (let before = 0; before <= start; before += TILE) {
        signal.throwIfAborted();
        await raise(greatest, rows, points, before, start);
      }
    }
  } finally {
    await points.close();
  }
  return greatest.map(onGrid);
}

/** Takes the rows from `before` on into account for those from `start` on. */
async function raise(
  greatest: Float64Array,
  rows: Matrix,
  points: LoadedPoints,
  before: number,
  start: number,
): Promise<void> {
  const earlier = { start: before, end: Math.min(before + TILE, rows.rows) };
  const later = { start, end: Math.min(start + TILE, rows.rows) };
  const tile = await points.tile(earlier, later);
  const width = later.end - later.start;
  for (let i = earlier.start; i < earlier.end; i++) {
    for (let j = Math.max(later.start, i + 1); j < later.end; j++) {
      const proposed = tile[(i - earlier.start) * width + (j - later.start)]! + points.tolerance;
      // Copies have nothing above them, and would else be compared exactly with every other copy.
      if (proposed <= greatest[j]! || greatest[j]! >= 1) continue;
      greatest[j] = Math.max(greatest[j]!, dot(rows, i, rows, j));
    }
  }
}
