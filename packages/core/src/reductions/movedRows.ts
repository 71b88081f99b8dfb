import type { Move } from '../kernel.ts';
import type { Matrix } from '../matrix.ts';

// So many rows are moved at once where all are gone through.
const BLOCK_ROWS = 256;

/** Writes rows `start … end − 1` of the points, moved where there is a `move`, to `into` from `at` on. */
export function copyRows(
  { data, cols }: Matrix,
  move: Move | undefined,
  start: number,
  end: number,
  into: Float32Array,
  at: number,
): void {
  if (move === undefined) {
    into.set(data.subarray(start * cols, end * cols), at);
    return;
  }
  const { scale, mean, unit } = move;
  for (let row = start, from = start * cols, to = at; row < end; row++) {
    const factor = scale === undefined ? 1 : scale[row]!;
    for (let k = 0; k < cols; k++, from++, to++) into[to] = (data[from]! * factor - mean[k]!) / unit;
  }
}

/** The points in blocks of rows, each with the place of its first one: views of them, or, where they are moved, one buffer that is filled again and again. */
export function* rowBlocks(points: Matrix, move?: Move): Generator<{ readonly block: Matrix; readonly start: number }> {
  if (move === undefined) return yield { block: points, start: 0 };
  const { rows, cols } = points;
  const buffer = new Float32Array(Math.min(rows, BLOCK_ROWS) * cols);
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(rows, start + BLOCK_ROWS);
    copyRows(points, move, start, end, buffer, 0);
    yield { block: { data: buffer.subarray(0, (end - start) * cols), rows: end - start, cols }, start };
  }
}
