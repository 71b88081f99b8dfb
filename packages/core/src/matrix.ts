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

/** A new matrix of the rows at `indices`, in that order, made by `make`. */
export function takeRows(matrix: Matrix, indices: ArrayLike<number>, make = zeros): Matrix {
  const taken = make(indices.length, matrix.cols);
  for (let i = 0; i < indices.length; i++) taken.data.set(rowOf(matrix, indices[i]!), i * matrix.cols);
  return taken;
}

/**
 * As `dot` of row `i` with each of `others`, rows of the same matrix, bit for bit, written to `into`. One sum waits for itself at every step, so
 * four are taken at a time.
 */
export function dots(
  matrix: Matrix,
  i: number,
  others: ArrayLike<number>,
  into = new Float64Array(others.length),
): Float64Array {
  const { data, cols } = matrix;
  const whole = others.length - (others.length % 4);
  for (let at = 0; at < whole; at += 4) {
    const [p, q, r, s] = [others[at]! * cols, others[at + 1]! * cols, others[at + 2]! * cols, others[at + 3]! * cols];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0, own = i * cols; k < cols; k++, own++) {
      const value = data[own]!;
      a += value * data[p + k]!;
      b += value * data[q + k]!;
      c += value * data[r + k]!;
      d += value * data[s + k]!;
    }
    into[at] = a;
    into[at + 1] = b;
    into[at + 2] = c;
    into[at + 3] = d;
  }
  for (let at = whole; at < others.length; at++) into[at] = dot(matrix, i, matrix, others[at]!);
  return into;
}

/** The inner product of row `i` of `a` and row `j` of `b`, summed in float64 in column order, so the same on every machine. */
export function dot(a: Matrix, i: number, b: Matrix, j: number): number {
  const { cols } = a;
  let sum = 0;
  for (let k = 0, p = i * cols, q = j * cols; k < cols; k++) sum += a.data[p + k]! * b.data[q + k]!;
  return sum;
}
