import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { inverseRoot } from './inverseRoot.ts';

describe('the inverse root of a covariance', () => {
  it('is that of the hand: L of (4 2; 2 10) is (2 0; 1 3)', () => {
    // L⁻¹ = (1/2 0; −1/6 1/3), and the root is its transpose.
    const root = inverseRoot(Float64Array.of(4, 2, 2, 10), 2);
    for (const [at, value] of [1 / 2, -1 / 6, 0, 1 / 3].entries()) expect(root[at]).toBeCloseTo(value, 15);
  });

  it('makes the identity of the covariance: M′CM = I, and is triangular', () => {
    const [d, random] = [40, seededRandom(1)];
    const rows = Float64Array.from({ length: 3 * d * d }, () => random.uniform() - 0.5);
    const covariance = new Float64Array(d * d);
    for (let row = 0; row < 3 * d; row++)
      for (let at = 0; at < d * d; at++)
        covariance[at]! += rows[row * d + Math.floor(at / d)]! * rows[row * d + (at % d)]!;
    const root = inverseRoot(covariance, d);
    const times = (a: Float64Array, b: Float64Array) =>
      Float64Array.from({ length: d * d }, (_, at) => {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += a[Math.floor(at / d) * d + k]! * b[k * d + (at % d)]!;
        return sum;
      });
    const transposed = root.map((_, at) => root[(at % d) * d + Math.floor(at / d)]!);
    for (const [at, value] of times(times(transposed, covariance), root).entries()) {
      expect(value).toBeCloseTo(at % (d + 1) === 0 ? 1 : 0, 10);
      if (Math.floor(at / d) > at % d) expect(root[at]).toBe(0);
    }
  });

  it('needs a positive definite matrix', () => {
    expect(() => inverseRoot(Float64Array.of(1, 2, 2, 1), 2)).toThrow(/positive definite.*dimension 1/);
  });
});
