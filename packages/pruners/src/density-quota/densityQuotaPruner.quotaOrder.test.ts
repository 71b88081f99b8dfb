import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { quotaOrder } from './densityQuotaPruner.ts';

/** Minimises ½‖x − p·N‖² with Σx = N and 1 ≤ x ≤ sizes: x = clamp(p·N + λ), and λ by bisection. */
function quotas(probabilities: Float64Array, sizes: readonly number[], count: number): number[] {
  let [low, high] = [-count - 1, count + 1];
  const at = (lambda: number) =>
    sizes.map((size, i) => Math.min(size, Math.max(1, probabilities[i]! * count + lambda)));
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((a, b) => a + b) > count) high = middle;
    else low = middle;
  }
  return at((low + high) / 2);
}

const countsAfter = (seats: Uint32Array, clusters: number, count: number) => {
  const taken = new Array<number>(clusters).fill(0);
  for (const cluster of seats.subarray(0, count)) taken[cluster]!++;
  return taken;
};

describe('quotaOrder', () => {
  it('gives each cluster a first seat, then fills the quotas', () => {
    // Of six seats 3, 1.8 and 1.2; of four 2, 1.2 and 0.8; of five 2.5, 1.5 and 1.
    expect(Array.from(quotaOrder(Float64Array.of(0.2, 0.5, 0.3), [9, 9, 9]).subarray(0, 6))).toEqual([
      1, 2, 0, 1, 1, 2,
    ]);
    // A full cluster leaves its share to the others in equal parts.
    expect(Array.from(quotaOrder(Float64Array.of(0.8, 0.1, 0.1), [2, 3, 3]))).toEqual([0, 1, 2, 0, 1, 2, 1, 2]);
  });

  it('stays within a few seats of the quadratic programme, at every number of seats', () => {
    const random = seededRandom('seats');
    for (let draw = 0; draw < 30; draw++) {
      const sizes = Array.from({ length: 8 }, () => 1 + random.integer(60));
      const weights = sizes.map(() => Math.exp(2 * random.uniform()));
      const total = weights.reduce((a, b) => a + b);
      const probabilities = Float64Array.from(weights, (weight) => weight / total);
      const seats = quotaOrder(probabilities, sizes);
      expect(countsAfter(seats, 8, seats.length)).toEqual(sizes);
      for (let count = 8; count <= seats.length; count++) {
        const taken = countsAfter(seats, 8, count);
        const wanted = quotas(probabilities, sizes, count);
        for (const [cluster, seated] of taken.entries()) expect(Math.abs(seated - wanted[cluster]!)).toBeLessThan(2);
      }
    }
  });
});
