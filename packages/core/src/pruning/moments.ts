import { type Matrix, rowOf } from '../matrix.ts';
import { onGrid, SIMILARITY_GRID } from '../similarityGrid.ts';

/** First and second moments of rows: their sum, and the sum of their outer products (upper triangle, row-major). */
export interface RowMoments {
  count: number;
  readonly dim: number;
  readonly sum: Float64Array;
  readonly products: Float64Array;
}

/** Mean and standard deviation of each clip's cosines with all others, on the grid of similarities. */
export interface CosineMoments {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Rows of a set that come together. */
export interface RowBlock {
  readonly matrix: Matrix;
  /** The place of its first row in the set. */
  readonly start: number;
}

/**
 * Mean and deviation of the cosines of every row with those rows that `isIn` says. The rows, all of length 1 or zero and of `dim` numbers, come in
 * blocks, one behind the other, twice.
 */
export type MeasureCosines = (
  dim: number,
  blocks: () => Iterable<RowBlock> | AsyncIterable<RowBlock>,
  isIn: (row: number) => boolean,
) => Promise<CosineMoments>;

/** By plain loops, in the order of the rows. */
export const measureCosines: MeasureCosines = async (dim, blocks, isIn) => {
  const moments = noMoments(dim);
  let rows = 0;
  for await (const { matrix, start } of blocks()) {
    addRows(moments, matrix, (row) => isIn(start + row));
    rows += matrix.rows;
  }
  const all = { means: new Float64Array(rows), deviations: new Float64Array(rows) };
  for await (const { matrix, start } of blocks()) {
    const { means, deviations } = cosineMoments(moments, matrix);
    all.means.set(means, start);
    all.deviations.set(deviations, start);
  }
  return all;
};

/** The moments of no rows. */
export function noMoments(dim: number): RowMoments {
  return { count: 0, dim, sum: new Float64Array(dim), products: new Float64Array(dim * dim) };
}

// Rows that are taken at once: the table of products is as large as a cache, and this is how often it is gone through less.
const ABREAST = 4;

/** Adds those rows of a matrix that `isIn` says, four at a time and in their order: O(rows · dim²), in float64. */
export function addRows(moments: RowMoments, matrix: Matrix, isIn: (row: number) => boolean): void {
  const taken = new Float64Array(ABREAST * moments.dim);
  let held = 0;
  for (let row = 0; row < matrix.rows; row++) {
    if (!isIn(row)) continue;
    taken.set(rowOf(matrix, row), held * moments.dim);
    moments.count++;
    if (++held < ABREAST) continue;
    addHeld(moments, taken);
    held = 0;
  }
  if (held > 0) addHeld(moments, taken.fill(0, held * moments.dim));
}

function addHeld({ dim, sum, products }: RowMoments, rows: Float64Array): void {
  for (let a = 0; a < dim; a++) {
    const p = rows[a]!;
    const q = rows[dim + a]!;
    const r = rows[2 * dim + a]!;
    const s = rows[3 * dim + a]!;
    sum[a]! += p + q + r + s;
    for (let b = a, at = a * dim + a; b < dim; b++, at++) {
      products[at]! += p * rows[b]! + q * rows[dim + b]! + r * rows[2 * dim + b]! + s * rows[3 * dim + b]!;
    }
  }
}

/**
 * Mean and deviation of the cosines of each row with the rows that the moments are of, without a pass over pairs: x·m and √(xᵀCx − (x·m)²), m and C being
 * the mean and the second moment. Deviations are at least one step of the grid.
 */
export function cosineMoments(moments: RowMoments, matrix: Matrix): CosineMoments {
  const { count, dim } = moments;
  const means = new Float64Array(matrix.rows);
  const deviations = new Float64Array(matrix.rows);
  const taken = new Float64Array(ABREAST * dim);
  for (let start = 0; start < matrix.rows; start += ABREAST) {
    const held = Math.min(ABREAST, matrix.rows - start);
    taken.fill(0);
    for (let i = 0; i < held; i++) taken.set(rowOf(matrix, start + i), i * dim);
    const squares = quadraticForms(moments, taken);
    for (let i = 0; i < held; i++) {
      let first = 0;
      for (let a = 0; a < dim; a++) first += taken[i * dim + a]! * moments.sum[a]!;
      const mean = first / count;
      means[start + i] = onGrid(mean);
      deviations[start + i] = deviationOf(mean, squares[i]! / count);
    }
  }
  return { means, deviations };
}

/** The deviation of cosines on the grid, at least one step of it, from their mean and the mean of their squares. */
export function deviationOf(mean: number, meanSquare: number): number {
  return Math.max(SIMILARITY_GRID, onGrid(Math.sqrt(Math.max(0, meanSquare - mean * mean))));
}

/** xᵀSx of each of the rows that are taken at once, S being the sum of outer products. */
function quadraticForms({ dim, products }: RowMoments, rows: Float64Array): readonly number[] {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let a = 0; a < dim; a++) {
    let [p, q, r, s] = [0, 0, 0, 0];
    for (let b = a + 1, at = a * dim + b; b < dim; b++, at++) {
      const product = products[at]!;
      p += product * rows[b]!;
      q += product * rows[dim + b]!;
      r += product * rows[2 * dim + b]!;
      s += product * rows[3 * dim + b]!;
    }
    const own = products[a * dim + a]!;
    first += rows[a]! * (own * rows[a]! + 2 * p);
    second += rows[dim + a]! * (own * rows[dim + a]! + 2 * q);
    third += rows[2 * dim + a]! * (own * rows[2 * dim + a]! + 2 * r);
    fourth += rows[3 * dim + a]! * (own * rows[3 * dim + a]! + 2 * s);
  }
  return [first, second, third, fourth];
}
