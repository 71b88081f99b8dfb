import { seededRandom } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion, largestRemainder } from './apportion.ts';
import { jensenShannonDivergence } from './divergence.ts';
import { targetDistribution, targetSize } from './target.ts';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const weightsOfGroups = fc
  .array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 25 })
  .filter((weights) => sum(weights) > 0);

describe('apportion', () => {
  it('gives a seat each by turns to equal groups, lower position first', () => {
    expect(apportion([2, 2], 1)).toEqual(Uint32Array.of(1, 0));
    expect(apportion([2, 2], 2)).toEqual(Uint32Array.of(1, 1));
    expect(apportion([2, 2], 3)).toEqual(Uint32Array.of(2, 1));
    expect(apportion([0, 0], 0)).toEqual(Uint32Array.of(0, 0));
  });

  it('escapes the Alabama paradox of the largest remainder', () => {
    const [weights, total] = [[6, 6, 2], 14];
    const quotas = (house: number) => Float64Array.from(weights, (weight) => (weight * house) / total);
    const byPosition = (a: number, b: number) => a - b;
    // From 10 to 11 seats the third group's quota grows from 1.43 to 1.57, yet the largest remainder takes a seat from it.
    expect(largestRemainder(quotas(10), 10, byPosition)).toEqual(Uint32Array.of(4, 4, 2));
    expect(largestRemainder(quotas(11), 11, byPosition)).toEqual(Uint32Array.of(5, 5, 1));
    expect(apportion(weights, 11)[2]).toBeGreaterThanOrEqual(apportion(weights, 10)[2]!);
  });

  it('gives every house size in full, no group more than its weight, and takes no seat back', () => {
    fc.assert(
      fc.property(weightsOfGroups, (weights) => {
        const total = sum(weights);
        let before: Uint32Array = new Uint32Array(weights.length);
        for (let house = 0; house <= total; house++) {
          const seats = apportion(weights, house);
          expect(sum(seats)).toBe(house);
          for (const [group, weight] of weights.entries()) {
            expect(seats[group]).toBeLessThanOrEqual(weight);
            expect(seats[group]).toBeGreaterThanOrEqual(before[group]!);
          }
          before = seats;
        }
        expect(Array.from(before)).toEqual(weights);
      }),
    );
  });

  it('stays in time for many groups', () => {
    const weights = Uint32Array.from({ length: 50_000 }, (_, group) => group % 7);
    expect(sum(apportion(weights, 60_000))).toBe(60_000);
  });

  it('leaves small residual divergences from the target', () => {
    const random = seededRandom('residual');
    const residuals = Float64Array.from({ length: 3000 }, () => {
      const sizes = Array.from({ length: 1 + random.integer(40) }, () => 1 + random.integer(1 + random.integer(30)));
      const t = random.uniform();
      const house = Math.floor(targetSize(t, sum(sizes), sizes.length) + 0.5) - sizes.length;
      const kept = apportion(
        sizes.map((size) => size - 1),
        house,
      ).map((seats) => seats + 1);
      return jensenShannonDivergence(kept, targetDistribution(t, sizes));
    }).sort();
    // Two groups of two clips, of which three are kept, are 0.0207 bit away however they are rounded.
    expect(residuals.at(-1)).toBeLessThanOrEqual(0.035);
    expect(residuals[Math.floor(0.99 * residuals.length)]).toBeLessThanOrEqual(0.02);
  });
});

describe('largestRemainder', () => {
  it('rounds to the wanted sum, the largest fractions up, ties in the given order', () => {
    const last = (a: number, b: number) => b - a;
    expect(largestRemainder(Float64Array.of(1.5, 1.5, 2), 5, last)).toEqual(Uint32Array.of(1, 2, 2));
    expect(largestRemainder(Float64Array.of(0.2, 0.9, 0.9), 2, last)).toEqual(Uint32Array.of(0, 1, 1));
  });
});
