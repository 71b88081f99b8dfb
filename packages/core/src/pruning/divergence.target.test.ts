import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extraShare, jensenShannonDivergence, targetDistribution } from './divergence.ts';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const groupSizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('the closed form', () => {
  it('is, for sizes 3 and 1 at t = ½, what one gets by hand', () => {
    // R = 2, a = ½/(½ + 1) = ⅓: k = (1 + 2/3, 1), K = 8/3; Q = ½·(¾, ¼) + ½·(½, ½) = (⅝, ⅜).
    expect(extraShare(0.5, 4, 2)).toBeCloseTo(1 / 3, 15);
    expect(Array.from(targetDistribution(0.5, [3, 1]))).toEqual([0.625, 0.375]);
    expect((1 + 2 / 3) / (8 / 3)).toBeCloseTo(0.625, 15);
  });

  it('keeps everything at t = 0 and one clip per group at t = 1', () => {
    expect(extraShare(0, 17, 5)).toBe(1);
    expect(extraShare(1, 17, 5)).toBe(0);
  });

  it('has no divergence from its target, and each group keeps between one and all', () => {
    fc.assert(
      fc.property(unit, groupSizes, (t, sizes) => {
        const a = extraShare(t, sum(sizes), sizes.length);
        const kept = sizes.map((size) => 1 + (size - 1) * a);
        expect(jensenShannonDivergence(kept, targetDistribution(t, sizes))).toBeLessThan(1e-15);
        for (const [group, size] of sizes.entries()) {
          expect(kept[group]).toBeGreaterThanOrEqual(1);
          expect(kept[group]).toBeLessThanOrEqual(size);
        }
      }),
    );
  });
});
