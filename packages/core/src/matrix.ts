import { DataError } from './errors.ts';

/** A dense row-major matrix of float32. `data.length` is `rows * cols`; row i is `data[i*cols … (i+1)*cols)`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** Numbers in rows as they came, row-major: float64 where float32 would not hold them. */
export interface NumberRows {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** Throws a DataError about `what` unless the matrix has as many values as its rows and columns say. */
export function checkSize(what: string, { data, rows, cols }: Matrix): void {
  if (data.length === rows * cols) return;
  throw new DataError(what, `Expected ${rows} × ${cols} = ${rows * cols} values, got ${data.length}.`);
}

/** A zero matrix of `rows × cols`. */
export function zeros(rows: number, cols: number): Matrix {
  return { data: new Float32Array(rows * cols), rows, cols };
}

/** A zero matrix of `rows × cols` in memory that all threads can read, so that a kernel needs no copy of it. */
export function sharedZeros(rows: number, cols: number): Matrix {
  return { data: new Float32Array(new SharedArrayBuffer(4 * rows * cols)), rows, cols };
}

/** Row `index` as a view: writing to it writes to the matrix. */
export function rowOf(matrix: Matrix, index: number): Float32Array {
  return matrix.data.subarray(index * matrix.cols, (index + 1) * matrix.cols);
}

/** A new matrix of the rows at `indices`, in that order. */
export function takeRows(matrix: Matrix, indices: ArrayLike<number>): Matrix {
  const taken = zeros(indices.length, matrix.cols);
  for (let i = 0; i < indices.length; i++) taken.data.set(rowOf(matrix, indices[i]!), i * matrix.cols);
  return taken;
}

/** The inner product of row `i` of `a` and row `j` of `b`, summed in float64 in column order, so the same on every machine. */
export function dot(a: Matrix, i: number, b: Matrix, j: number): number {
  const { cols } = a;
  let sum = 0;
  for (let k = 0, p = i * cols, q = j * cols; k < cols; k++) sum += a.data[p + k]! * b.data[q + k]!;
  return sum;
}
