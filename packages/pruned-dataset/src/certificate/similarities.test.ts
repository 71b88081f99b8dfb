import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dot, type Matrix, type NpyRows, openNpyRows, seededRandom, writeNpyRows } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyBlock, pairSimilarities, type RowPairs } from './similarities.ts';

const ROWS = 97;
const COLS = 3;
const ROW_BYTES = 4 * COLS;

/** `rows`, and what was read of it, as the numbers of rows. */
function watched(rows: NpyRows): { readonly rows: NpyRows; readonly reads: number[][] } {
  const reads: number[][] = [];
  const read: NpyRows['read'] = (start, count) => {
    reads.push(Array.from({ length: count }, (_, i) => start + i));
    return rows.read(start, count);
  };
  return { rows: { ...rows, read }, reads };
}

describe('rows on the disk', () => {
  const random = seededRandom(7);
  const matrix: Matrix = {
    data: Float32Array.from({ length: ROWS * COLS }, () => random.uniform() - 0.5),
    rows: ROWS,
    cols: COLS,
  };
  let rows: NpyRows;

  beforeAll(async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'refrain-similarities-')), 'embeddings.npy');
    await writeNpyRows(path, COLS, [matrix]);
    rows = await openNpyRows(path);
  });
  afterAll(() => rows.close());

  it.each([1, ROW_BYTES, 10 * ROW_BYTES, 97 * ROW_BYTES, 2 ** 22])(
    'come once each, in order, in blocks of %d bytes',
    async (bytes) => {
      const data: number[] = [];
      for await (const { matrix: block, start } of everyBlock(rows, bytes)) {
        expect(start * COLS).toBe(data.length);
        expect(block.rows * ROW_BYTES).toBeLessThanOrEqual(Math.max(bytes, ROW_BYTES));
        data.push(...block.data);
      }
      expect(Float32Array.from(data)).toEqual(matrix.data);
    },
  );

  const similaritiesInMemory = ({ rows: first, partners }: RowPairs) =>
    Float64Array.from(first, (row, pair) => dot(matrix, row, matrix, partners[pair]!));

  it.each([
    [1, 1],
    [1, 5],
    [4, 1],
    [5, 10],
    [97, 97],
    [1000, 1000],
  ])('have the same similarities as in memory, with %d partners held and %d rows in a block', async (held, block) => {
    for (const count of [0, 1, 2, 40, 300]) {
      const any = () => Uint32Array.from({ length: count }, () => random.integer(ROWS));
      const pairs = { rows: any(), partners: any() };
      const limits = { heldBytes: held * ROW_BYTES, blockBytes: block * ROW_BYTES };
      expect(await pairSimilarities(rows, pairs, limits)).toEqual(similaritiesInMemory(pairs));
    }
  });

  it('are read once to be held, and once for each part that is held', async () => {
    const any = () => Uint32Array.from({ length: 60 }, () => random.integer(ROWS));
    const pairs = { rows: any(), partners: any() };
    for (const [held, passes] of [
      [97, 1],
      [96, 2],
      [33, 3],
    ] as const) {
      const { rows: counted, reads } = watched(rows);
      await pairSimilarities(counted, pairs, { heldBytes: held * ROW_BYTES, blockBytes: 8 * ROW_BYTES });
      const times = new Uint32Array(ROWS);
      for (const row of reads.flat()) times[row]!++;
      expect(Math.max(...times)).toBeLessThanOrEqual(1 + passes);
      const turns = reads.filter(([first], i) => i > 0 && first! <= reads[i - 1]![0]!).length;
      expect(turns).toBeLessThanOrEqual(2 * passes);
    }
  });
});
