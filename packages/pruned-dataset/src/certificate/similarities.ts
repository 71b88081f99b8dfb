import { dot, type Matrix, type NpyRows } from '@refrain/core';

/** Pairs of rows: pair i is of row `rows[i]` and row `partners[i]`. */
export interface RowPairs {
  readonly rows: Uint32Array;
  readonly partners: Uint32Array;
}

// What is held of the partners: nearly always all rows, so that the file is read twice.
const HELD_BYTES = 1 << 28;
// Long enough that the disk reads without seeking, short enough that it does not matter in memory.
const BLOCK_BYTES = 1 << 22;

/**
 * The inner products of pairs of rows, in the order of the pairs, summed in float64, of a matrix that stays on the disk. As many rows as fit into
 * `heldBytes` are held as partners, and the file is read forwards past them; then the next ones.
 */
export async function pairSimilarities(
  matrix: NpyRows,
  { rows, partners }: RowPairs,
  { heldBytes = HELD_BYTES, blockBytes = BLOCK_BYTES } = {},
): Promise<Float64Array> {
  const similarities = new Float64Array(rows.length);
  const ascending = Uint32Array.from(rows.keys()).sort((a, b) => rows[a]! - rows[b]!);
  for await (const held of everyBlock(matrix, heldBytes)) {
    const pairs = ascending.filter((pair) => isIn(held, partners[pair]!));
    let at = 0;
    for await (const block of everyBlock(matrix, blockBytes)) {
      for (; at < pairs.length && isIn(block, rows[pairs[at]!]!); at++) {
        const [row, partner] = [rows[pairs[at]!]!, partners[pairs[at]!]!];
        similarities[pairs[at]!] = dot(block.matrix, row - block.start, held.matrix, partner - held.start);
      }
      if (at === pairs.length) break;
    }
  }
  return similarities;
}

/** Rows of a matrix on the disk that were read together. */
interface Block {
  readonly matrix: Matrix;
  /** The position in the whole matrix of the block's first row. */
  readonly start: number;
}

function isIn({ matrix, start }: Block, row: number): boolean {
  return row >= start && row < start + matrix.rows;
}

/** All rows, in blocks of about `blockBytes`, in order. */
export async function* everyBlock(rows: NpyRows, blockBytes = BLOCK_BYTES): AsyncGenerator<Block> {
  // A row without columns has no bytes.
  const count = Math.max(1, Math.floor(blockBytes / Math.max(1, Float32Array.BYTES_PER_ELEMENT * rows.cols)));
  for (let start = 0; start < rows.rows; start += count) {
    yield { matrix: await rows.read(start, Math.min(count, rows.rows - start)), start };
  }
}
