import type { Matrix, NpyRows } from '@refrain/core';

// Long enough that the disk reads without seeking, short enough that it does not matter in memory.
const BLOCK_BYTES = 1 << 22;

/** Rows of a matrix on the disk that were read together. */
interface Block {
  /** The rows from `start` on. */
  readonly matrix: Matrix;
  /** The position in the whole matrix of the block's first row. */
  readonly start: number;
}

/** Bytes of one row of a float32 matrix; 1 where a row has no columns, so that it can be divided by. */
export function rowBytes({ cols }: Pick<Matrix, 'cols'>): number {
  return Math.max(1, Float32Array.BYTES_PER_ELEMENT * cols);
}

/** All rows, in blocks of about `blockBytes`, in order. */
export async function* everyBlock(rows: NpyRows, blockBytes = BLOCK_BYTES): AsyncGenerator<Block> {
  const count = rowsIn(rows, blockBytes);
  for (let start = 0; start < rows.rows; start += count) {
    yield { matrix: await rows.read(start, Math.min(count, rows.rows - start)), start };
  }
}

/**
 * The rows at `indices`, which ascend and may repeat, in blocks of at most about `blockBytes`; `from` and `to` say which of the indices lie
 * in the block. A block begins and ends with one of them; what lies between blocks is not read. The file is read forwards, no row twice.
 */
export async function* blocksAt(
  rows: NpyRows,
  indices: Uint32Array,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Block & { readonly from: number; readonly to: number }> {
  const count = rowsIn(rows, blockBytes);
  for (let from = 0, to = 0; from < indices.length; from = to) {
    const start = indices[from]!;
    while (to < indices.length && indices[to]! < start + count) to++;
    yield { matrix: await rows.read(start, indices[to - 1]! + 1 - start), start, from, to };
  }
}

function rowsIn(rows: NpyRows, bytes: number): number {
  return Math.max(1, Math.floor(bytes / rowBytes(rows)));
}
