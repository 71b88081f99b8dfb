import { expect, it } from 'vitest';
import { dot, dots, zeros } from './matrix.ts';
import { seededRandom } from './random.ts';

it('takes the inner products of a row with others bit for bit, however many they are', () => {
  const random = seededRandom('dots');
  const matrix = zeros(12, 37);
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = random.uniform() - 0.5;
  for (let count = 0; count <= 9; count++) {
    const others = Uint32Array.from({ length: count }, () => random.integer(12));
    const into = new Float64Array(count + 1).fill(7);
    expect(dots(matrix, 3, others, into)).toBe(into);
    expect(Array.from(into)).toEqual([...Array.from(others, (other) => dot(matrix, 3, matrix, other)), 7]);
    expect(dots(matrix, 3, others)).toEqual(into.subarray(0, count));
  }
});
