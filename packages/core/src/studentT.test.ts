import { describe, expect, it } from 'vitest';
import { studentHalfWidth, studentPValue } from './studentT.ts';
import { describeWithData, testDataJson } from './testing/testData.ts';

function expectClose(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(relative);
}

describe('studentPValue', () => {
  const values = [1e-6, 0.3, 1, 2.2621571627409915, 12.7, 1e4];

  it.each(values)('has the closed forms of 1, 2 and 4 degrees of freedom at t = %d', (t) => {
    // 1 − F + F(−t), written so that it keeps its digits where the p-value is small.
    expectClose(studentPValue(t, 1), (2 / Math.PI) * Math.atan(1 / t), 1e-12);
    const root = Math.sqrt(2 + t * t);
    expectClose(studentPValue(t, 2), 2 / (root * (root + t)), 1e-12);
    const cosine = t / Math.sqrt(4 + t * t);
    expectClose(studentPValue(t, 4), ((2 + cosine) * (4 / (4 + t * t)) ** 2) / 2 / (1 + cosine) ** 2, 1e-12);
    expect(studentPValue(-t, 4)).toBe(studentPValue(t, 4));
  });

  // scipy 1.17.1, 2 * stats.t.sf(t, df).
  it.each([
    [2, 9.5, 0.07488635774798942],
    [2, 14.2, 0.06500403394293285],
    [0.7, 199, 0.4847448166571638],
    [5, 37.3, 1.3848425849722546e-5],
  ])('at t = %d and %d degrees, whole or not', (t, degrees, expected) => {
    expectClose(studentPValue(t, degrees), expected, 1e-12);
  });

  it('is 1 at 0, 0 at infinity, NaN for NaN', () => {
    expect(studentPValue(0, 9)).toBe(1);
    expect(studentPValue(Number.POSITIVE_INFINITY, 9)).toBe(0);
    expect(studentPValue(Number.NaN, 9)).toBeNaN();
  });
});

describe('studentHalfWidth', () => {
  it.each([0.5, 0.9, 0.95, 0.999])('is undone by studentPValue at level %d', (level) => {
    for (const degrees of [1, 9, 14.2, 199]) {
      expectClose(studentPValue(studentHalfWidth(level, degrees), degrees), 1 - level, 1e-12);
    }
  });
});

describeWithData('golden/stats', 'the golden values of scipy', () => {
  it('p-value and quantile at 9 degrees of freedom', () => {
    const golden = testDataJson<{ ttest_rel: { t: number; p: number; df: number }; 't_quantile_0.975_df9': number }>(
      'golden/stats/paired_tests.json',
    );
    const { t, p, df } = golden.ttest_rel;
    expectClose(studentPValue(t, df), p, 1e-12);
    // The golden number, of scipy 1.10, is 2.5e-11 off; scipy 1.17 and arithmetic with 30 digits agree on the other.
    expectClose(studentHalfWidth(0.95, 9), golden['t_quantile_0.975_df9'], 1e-10);
    expectClose(studentHalfWidth(0.95, 9), 2.262157162798205, 1e-14);
  });

  it('the normal distribution at very many degrees of freedom', () => {
    const { z, sf } = testDataJson<{ z: number[]; sf: number[] }>('golden/stats/normal_tail.json');
    for (const [i, value] of z.entries()) {
      if (value > 0 && value < 5) expectClose(studentPValue(value, 1e6), 2 * sf[i]!, 1e-4);
    }
  });
});
