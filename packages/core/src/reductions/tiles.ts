import type { Measure, Move, Range } from '../kernel.ts';
import type { Matrix } from '../matrix.ts';
import { rowBlocks } from './movedRows.ts';

/** The largest tile that is computed at once. */
export interface TileSize {
  readonly rows: number;
  readonly cols: number;
}

/** How many numbers the largest tile over `count` points holds. */
export function tileLength({ rows, cols }: TileSize, count: number): number {
  return Math.min(rows, count) * Math.min(cols, count);
}

/** Inner products between rows of the points it was opened for: all that a kernel has to supply. */
export interface InnerProducts {
  /** Writes x·y for every x of `rows` and y of `cols` to the front of `into`, row-major. */
  innerProducts(rows: Range, cols: Range, into: Float32Array): Promise<void>;
  /**
   * For devices from which tiles are slow to fetch: as `innerProducts`, but −Infinity may stand for any product p of row i and column j
   * with p < min(row[i], col[j]) + rowOffset[i] + colOffset[j].
   */
  productsAbove?(rows: Range, cols: Range, floors: ProductFloors, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Below which size products of a tile do not matter; one number for each of its rows and columns. */
export interface ProductFloors {
  readonly row: Float32Array;
  readonly col: Float32Array;
  readonly rowOffset: Float32Array;
  readonly colOffset: Float32Array;
}

/** |x|²/2 of every row, moved where there is a `move`, summed in float64. */
export function halfSquaredNorms(points: Matrix, move?: Move): Float64Array {
  const halves = new Float64Array(points.rows);
  for (const { block, start } of rowBlocks(points, move)) {
    const { data, rows, cols } = block;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = i * cols; k < (i + 1) * cols; k++) sum += data[k]! * data[k]!;
      halves[start + i] = sum / 2;
    }
  }
  return halves;
}

/**
 * Fills `into` with the similarities of a tile; `halfNorms` is |x|²/2 of every row under the `euclidean` measure, else undefined. The euclidean measure comes from the inner products by
 * −|x−y|²/2 = x·y − |x|²/2 − |y|²/2, and is never above 0.
 */
export async function fillTile(
  products: InnerProducts,
  halfNorms: Float64Array | undefined,
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
 * How far a similarity of points with these |x|²/2 and `cols` numbers each can be from the exact one.
 *
 * A sum of d products, in whatever order and with or without fused multiply-add, is off by at most γ_d·Σ|x_k·y_k| with
 * γ_d = d·u/(1 − d·u) and u the unit roundoff of the products (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 3.1);
 * by Cauchy-Schwarz the sum is at most |x||y|, so at most the largest |x|². The result is stored in float32: once more 2⁻²⁴ of its size.
 * Under the `euclidean` measure both |x|²/2 are rounded too and subtracted one after the other, of up to 1.5 and 2 times the largest |x|². The bound grows with |x|², not with the distance:
 * callers that care for small distances centre their points first. The last term covers products too small for float32.
 */
export function toleranceOf(halfNorms: Float64Array, cols: number, measure: Measure, roundoff: number): number {
  let largest = 0;
  for (const half of halfNorms) largest = Math.max(largest, 2 * half);
  const product = (cols * roundoff) / (1 - cols * roundoff);
  const storing = (measure === 'euclidean' ? 6 : 1) * FLOAT32_ROUNDOFF;
  return largest * (product + storing) + 2 * cols * 2 ** -126;
}
