import { setImmediate } from 'node:timers/promises';
import type { Matrix, Measure, Range } from '@refrain/core';

/** A block of the similarity matrix: `values` is row-major, rows × columns of the two ranges (it may be longer; the rest is unused). */
export interface Tile {
  readonly values: Float32Array;
  readonly rows: Range;
  readonly cols: Range;
}

/** The largest tile that is computed at once. */
export interface TileSize {
  readonly rows: number;
  readonly cols: number;
}

/** Inner products between rows of the points it was opened for: all that a kernel has to supply. */
export interface InnerProducts {
  /** Writes x·y for every x of `rows` and y of `cols` to the front of `into`, row-major. */
  innerProducts(rows: Range, cols: Range, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Inner products read as similarities of a measure. */
export interface Similarities {
  readonly products: InnerProducts;
  /** |x|²/2 of every row under the `euclidean` measure; undefined under `inner-product`. */
  readonly halfNorms: Float64Array | undefined;
}

/** |x|²/2 of every row, summed in float64. */
export function halfSquaredNorms({ data, rows, cols }: Matrix): Float64Array {
  const halves = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = i * cols; k < (i + 1) * cols; k++) sum += data[k]! * data[k]!;
    halves[i] = sum / 2;
  }
  return halves;
}

/**
 * Fills `into` with the similarities of a tile. The euclidean measure comes from the inner products by
 * −|x−y|²/2 = x·y − |x|²/2 − |y|²/2, and is never above 0.
 */
export async function fillTile(
  { products, halfNorms }: Similarities,
  rows: Range,
  cols: Range,
  into: Float32Array,
): Promise<void> {
  await products.innerProducts(rows, cols, into);
  if (halfNorms === undefined) return;
  let at = 0;
  for (let i = rows.start; i < rows.end; i++) {
    const half = halfNorms[i]!;
    for (let j = cols.start; j < cols.end; j++, at++) {
      into[at] = Math.min(0, into[at]! - half - halfNorms[j]!);
    }
  }
}

/** The unit roundoff of float32, 2⁻²⁴. */
export const FLOAT32_ROUNDOFF = 2 ** -24;

/**
 * How far a similarity of a tile can be from the exact one.
 *
 * A sum of d products, in whatever order and with or without fused multiply-add, is off by at most γ_d·Σ|x_k·y_k| with
 * γ_d = d·u/(1 − d·u) and u the unit roundoff of the products (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 3.1);
 * by Cauchy-Schwarz the sum is at most |x||y|, so at most the largest |x|². The result is stored in float32: once more 2⁻²⁴ of its size,
 * which under the `euclidean` measure is up to twice the largest |x|² besides. The bound grows with |x|², not with the distance:
 * callers that care for small distances centre their points first. The last term covers products too small for float32.
 */
export function toleranceOf(points: Matrix, measure: Measure, roundoff: number): number {
  let largest = 0;
  for (const half of halfSquaredNorms(points)) largest = Math.max(largest, 2 * half);
  const product = (points.cols * roundoff) / (1 - points.cols * roundoff);
  const storing = (measure === 'euclidean' ? 3 : 1) * FLOAT32_ROUNDOFF;
  return largest * (product + storing) + 2 * points.cols * 2 ** -126;
}

/** What a walk over the upper triangle covers, and in which steps. */
export interface Triangle {
  /** Rows `start … end − 1` of the matrix are walked. */
  readonly rows: Range;
  /** Columns go from each row to here. */
  readonly end: number;
  readonly size: TileSize;
  readonly signal?: AbortSignal | undefined;
  /** Tiles that this answers yes for are left out. */
  readonly skip?: (rows: Range, cols: Range) => boolean;
}

/**
 * Computes the tiles that cover all pairs i < j with i in `rows`, each once, and hands them to `scan` one by one. Every tile is in the same buffer.
 * The diagonal tiles hold pairs with j ≤ i too: `scan` leaves them out. Throws the reason of an aborted signal.
 */
export async function walkTriangle(
  similarities: Similarities,
  { rows, end, size, signal, skip }: Triangle,
  scan: (tile: Tile) => void,
): Promise<void> {
  const values = new Float32Array(Math.min(size.rows, rows.end - rows.start) * Math.min(size.cols, end - rows.start));
  for (let i = rows.start; i < rows.end; i += size.rows) {
    const tileRows = { start: i, end: Math.min(rows.end, i + size.rows) };
    for (let j = i; j < end; j += size.cols) {
      const tileCols = { start: j, end: Math.min(end, j + size.cols) };
      if (skip?.(tileRows, tileCols)) continue;
      // A turn of the event loop, so that timers, progress and an interrupt get through.
      await setImmediate();
      signal?.throwIfAborted();
      await fillTile(similarities, tileRows, tileCols, values);
      scan({ values, rows: tileRows, cols: tileCols });
    }
  }
}
