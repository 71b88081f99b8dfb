import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, takeRows, zeros } from './matrix.ts';
import { withRowsFirst } from './rowsFirst.ts';

const numbered = (rows: number, cols: number): Matrix => {
  const matrix = zeros(rows, cols);
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = at;
  return matrix;
};

describe('rows at the front of a matrix', () => {
  it('are those asked for, the others behind them, and all back in their places after', async () => {
    const rows = fc.integer({ min: 0, max: 12 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        some: fc.shuffledSubarray(Array.from({ length: count }, (_, row) => row)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 3 }), async ({ count, some }, cols) => {
        const matrix = numbered(count, cols);
        const left = Array.from({ length: count }, (_, row) => row).filter((row) => !some.includes(row));
        const seen = await withRowsFirst(matrix, some, (first, others) => [takeAll(first), takeAll(others)]);
        expect(seen).toEqual([takeRows(numbered(count, cols), some), takeRows(numbered(count, cols), left)]);
        expect(matrix).toEqual(numbered(count, cols));
      }),
    );
  });

  it('are back in their places when the work fails', async () => {
    const matrix = numbered(5, 2);
    const failing = withRowsFirst(matrix, [3, 1], async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(matrix).toEqual(numbered(5, 2));
  });

  it('are each named once', async () => {
    await expect(withRowsFirst(numbered(3, 1), [1, 1], () => 0)).rejects.toThrow('1 is none, or twice');
    await expect(withRowsFirst(numbered(3, 1), [3], () => 0)).rejects.toThrow('3 is none');
  });
});

function takeAll(matrix: Matrix): Matrix {
  return takeRows(
    matrix,
    Array.from({ length: matrix.rows }, (_, row) => row),
  );
}
