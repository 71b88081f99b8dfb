import { dot, type Matrix, type NpyRows, zeros } from '@refrain/core';

/** Pairs of rows: pair i is of row `rows[i]` and row `partners[i]`. */
export interface RowPairs {
  readonly rows: Uint32Array;
  readonly partners: Uint32Array;
}

/** How much memory may be taken, in bytes: for partners that are held, and for a block of the file. */
interface ReadingLimits {
  readonly heldBytes: number;
  readonly blockBytes?: number;
}

const LIMITS: ReadingLimits = { heldBytes: 1 << 28 };

/**
 * The inner products of pairs of rows, in the order of the pairs, summed in float64, of a matrix that stays on the disk. As many distinct
 * partners as fit into `heldBytes` are held, and the file is read forwards past them; then the next ones. So it is read at most twice per
 * pass, and there are as many passes as the partners have times that size.
 */
export async function pairSimilarities(
  matrix: NpyRows,
  pairs: RowPairs,
  limits: ReadingLimits = LIMITS,
): Promise<Float64Array> {
  const similarities = new Float64Array(pairs.rows.length);
  const capacity = Math.max(1, Math.floor(limits.heldBytes / rowBytes(matrix)));
  for (const pass of passesOf(pairs, capacity)) {
    const held = await rowsAt(matrix, pass.partners, limits.blockBytes);
    for await (const { matrix: block, start, from, to } of blocksAt(matrix, pass.rows, limits.blockBytes)) {
      for (let i = from; i < to; i++) {
        similarities[pass.pairs[i]!] = dot(block, pass.rows[i]! - start, held, pass.slots[i]!);
      }
    }
  }
  return similarities;
}

/** What one reading of the file gives: the pairs whose partners are among those held. */
interface Pass {
  /** Distinct, ascending. */
  readonly partners: Uint32Array;
  /** Numbers of pairs, ascending by row. */
  readonly pairs: Uint32Array;
  /** The row of each of `pairs`, and the place of its partner in `partners`. */
  readonly rows: Uint32Array;
  readonly slots: Uint32Array;
}

function* passesOf({ rows, partners }: RowPairs, capacity: number): Generator<Pass> {
  const order = Uint32Array.from(partners, (_, pair) => pair).sort((a, b) => partners[a]! - partners[b]!);
  const slotOf = new Uint32Array(partners.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    const held: number[] = [];
    for (; to < order.length; to++) {
      const partner = partners[order[to]!]!;
      if (partner !== held.at(-1)) {
        if (held.length === capacity) break;
        held.push(partner);
      }
      slotOf[order[to]!] = held.length - 1;
    }
    const pairs = order.slice(from, to).sort((a, b) => rows[a]! - rows[b]!);
    yield {
      partners: Uint32Array.from(held),
      pairs,
      rows: pairs.map((pair) => rows[pair]!),
      slots: pairs.map((pair) => slotOf[pair]!),
    };
  }
}

async function rowsAt(matrix: NpyRows, indices: Uint32Array, blockBytes?: number): Promise<Matrix> {
  const { cols } = matrix;
  const taken = zeros(indices.length, cols);
  for await (const { matrix: block, start, from, to } of blocksAt(matrix, indices, blockBytes)) {
    for (let i = from; i < to; i++) {
      const row = indices[i]! - start;
      taken.data.set(block.data.subarray(row * cols, (row + 1) * cols), i * cols);
    }
  }
  return taken;
}

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
function rowBytes({ cols }: Pick<Matrix, 'cols'>): number {
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
