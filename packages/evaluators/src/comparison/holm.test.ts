import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holmAdjusted } from './pairedComparison.ts';

it('multiplies by what is left, and never falls', () => {
  // 4 × 0.005; 3 × 0.01; 2 × 0.03; 1 × 0.04, raised to the 0.06 before it.
  const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((expected, i) => {
    expect(adjusted[i]).toBeCloseTo(expected, 12);
  });
  expect(holmAdjusted([0.7, 0.6])).toEqual([1, 1]);
  expect(holmAdjusted([0.2])).toEqual([0.2]);
  expect(holmAdjusted([])).toEqual([]);
});

it('rejects what the step-down procedure rejects', () => {
  // In sixty-fourths, so that nothing is rounded.
  const pValues = fc.array(
    fc.integer({ min: 0, max: 64 }).map((part) => part / 64),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(pValues, (values) => {
      const alpha = 8 / 64;
      const left = values.map((p, index) => ({ p, index })).sort((x, y) => x.p - y.p);
      const rejected = new Set<number>();
      while (left.length > 0 && left[0]!.p * left.length <= alpha) rejected.add(left.shift()!.index);
      expect(holmAdjusted(values).map((p) => p <= alpha)).toEqual(values.map((_, index) => rejected.has(index)));
    }),
  );
});

it('refuses what is no probability', () => {
  expect(() => holmAdjusted([0.5, Number.NaN])).toThrow(/p-value 1 is NaN/);
  expect(() => holmAdjusted([1.5])).toThrow(/expected a number from 0 to 1/);
});
