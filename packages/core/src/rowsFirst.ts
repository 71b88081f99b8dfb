import { type Matrix, rowOf } from './matrix.ts';

/** Rows of a matrix that stand at its front for a while. */
export interface RowsFirst {
  /** Those that were asked for, in that order: the front of the matrix itself. */
  readonly first: Matrix;
  /** The others, in their order, behind them. */
  readonly others: Matrix;
  /** Brings each back to its place; `first` and `others` mean nothing after. */
  putBack(): void;
}

/**
 * Brings the rows at `indices` to the front of `matrix`, in that order, where they are a matrix that takes no memory of its own. Nobody else may look
 * at the matrix until they are put back. Throws a RangeError where `indices` names a row twice, or one that there is not.
 */
export function rowsFirst(matrix: Matrix, indices: ArrayLike<number>): RowsFirst {
  const order = orderOf(matrix.rows, indices);
  const part = (start: number, end: number) => ({
    data: matrix.data.subarray(start * matrix.cols, end * matrix.cols),
    rows: end - start,
    cols: matrix.cols,
  });
  arrange(matrix, order);
  return {
    first: part(0, indices.length),
    others: part(indices.length, matrix.rows),
    putBack: () => arrange(matrix, inverseOf(order)),
  };
}

/** What `work` gives for the rows at `indices`, brought to the front of `matrix` as by `rowsFirst`, and put back after, whether it went well or not. */
export async function withRowsFirst<T>(
  matrix: Matrix,
  indices: ArrayLike<number>,
  work: (first: Matrix, others: Matrix) => T | Promise<T>,
): Promise<T> {
  const { first, others, putBack } = rowsFirst(matrix, indices);
  try {
    return await work(first, others);
  } finally {
    putBack();
  }
}

/** Which row comes at each place where those at `indices` come first. Throws a RangeError for one that is named twice, or is none. */
function orderOf(rows: number, indices: ArrayLike<number>): Uint32Array {
  const isFirst = new Uint8Array(rows);
  const order = new Uint32Array(rows);
  for (let place = 0; place < indices.length; place++) {
    const row = indices[place]!;
    if (isFirst[row] !== 0)
      throw new RangeError(`Expected each of ${rows} rows once at most; ${row} is none, or twice.`);
    isFirst[row] = 1;
    order[place] = row;
  }
  let place = indices.length;
  for (let row = 0; row < rows; row++) if (isFirst[row] === 0) order[place++] = row;
  return order;
}

function inverseOf(order: Uint32Array): Uint32Array {
  const inverse = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) inverse[order[place]!] = place;
  return inverse;
}

/** Moves row `order[place]` to each place, along the cycles that these moves make: one row is held aside at a time. */
function arrange(matrix: Matrix, order: Uint32Array): void {
  const isDone = new Uint8Array(order.length);
  const held = new Float32Array(matrix.cols);
  for (let start = 0; start < order.length; start++) {
    if (isDone[start] === 1 || order[start] === start) continue;
    held.set(rowOf(matrix, start));
    let place = start;
    for (; order[place] !== start; place = order[place]!) {
      rowOf(matrix, place).set(rowOf(matrix, order[place]!));
      isDone[place] = 1;
    }
    rowOf(matrix, place).set(held);
    isDone[place] = 1;
  }
}
