import { dot, type Matrix, type NpyRows, zeros } from '@refrain/core';
import { blocksAt, rowBytes } from './blocks.ts';

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
