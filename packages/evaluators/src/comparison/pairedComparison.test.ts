import { describeWithData, testDataJson } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns } from './pairedComparison.ts';
import type { ResampledMetric } from './resamples.ts';

const run = (
  observed: number,
  withoutBlock: number[],
  resampled: number[] = [observed, observed],
): ResampledMetric => ({
  observed,
  resampled: Float64Array.from(resampled),
  withoutBlock: Float64Array.from(withoutBlock),
});

// A metric that is the mean over blocks of equal size, where theory and arithmetic agree exactly.
function meanOver(blocks: readonly number[]): ResampledMetric {
  const total = blocks.reduce((sum, value) => sum + value, 0);
  return run(
    total / blocks.length,
    blocks.map((value) => (total - value) / (blocks.length - 1)),
  );
}

function meanSquares(rows: readonly number[][]): { seedSquare: number; groupSquare: number; restSquare: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
  const all = mean(rows.flat());
  const ofSeed = rows.map((row) => mean(row) - all);
  const ofGroup = rows[0]!.map((_, group) => mean(rows.map((row) => row[group]!)) - all);
  const rest = rows.flatMap((row, i) => row.map((value, j) => value - ofSeed[i]! - ofGroup[j]! - all));
  const [seeds, groups] = [rows.length, ofGroup.length];
  return {
    seedSquare: (squares(ofSeed) * groups) / (seeds - 1),
    groupSquare: (squares(ofGroup) * seeds) / (groups - 1),
    restSquare: squares(rest) / ((seeds - 1) * (groups - 1)),
  };
}

const zero = (blocks: number) => meanOver(new Array<number>(blocks).fill(0));

describe('compareRuns', () => {
  it('has the variance between groups where all seeds agree', () => {
    // The mean of 1, 2, 3, 6 is 3, its squared standard error (4 + 1 + 0 + 9) / 3 / 4.
    const runs = [meanOver([1, 2, 3, 6]), meanOver([1, 2, 3, 6])];
    const comparison = compareRuns([zero(4), zero(4)], runs);
    expect(comparison.difference).toBe(3);
    expect(comparison.standardError).toBeCloseTo(Math.sqrt(14 / 12), 12);
    expect(comparison.degreesOfFreedom).toBeCloseTo(3, 12);
  });

  it('adds the two parts, and their degrees of freedom', () => {
    // Seeds at 2 and 4 are 3 ± 1: a variance of the mean of 2 / 2, on one degree; groups as above on three.
    const comparison = compareRuns([zero(4), zero(4)], [meanOver([0, 1, 2, 5]), meanOver([2, 3, 4, 7])]);
    expect(comparison.difference).toBe(3);
    expect(comparison.standardError ** 2).toBeCloseTo(1 + 14 / 12, 12);
    expect(comparison.degreesOfFreedom).toBeCloseTo((1 + 14 / 12) ** 2 / (1 + (14 / 12) ** 2 / 3), 12);
    expect(comparison.differencePerSeed).toEqual([2, 4]);
  });

  it('has the variance of an analysis of variance with crossed random effects, for a mean over groups', () => {
    const table = fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 6 })).chain(([seeds, groups]) => {
      const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: groups, maxLength: groups });
      return fc.array(row, { minLength: seeds, maxLength: seeds });
    });
    fc.assert(
      fc.property(table, (rows) => {
        const cells = rows.length * rows[0]!.length;
        const { seedSquare, groupSquare, restSquare } = meanSquares(rows);
        const expected = (seedSquare + Math.max(0, groupSquare - restSquare)) / cells;
        const { standardError } = compareRuns(
          rows.map(() => zero(rows[0]!.length)),
          rows.map(meanOver),
        );
        expect(Math.abs(standardError ** 2 - expected)).toBeLessThan(1e-9);
      }),
    );
  });

  it('is the other way round for the kinds exchanged', () => {
    const a = [meanOver([1, 5, 2]), meanOver([2, 2, 2]), meanOver([0, 3, 3])];
    const b = [meanOver([4, 5, 2]), meanOver([2, 6, 3]), meanOver([2, 3, 9])];
    const there = compareRuns(a, b);
    const back = compareRuns(b, a);
    expect(back.difference).toBe(-there.difference);
    expect(back.pValue).toBe(there.pValue);
    expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12);
  });

  it('has a p-value below 1 − level exactly where the interval leaves out 0', () => {
    for (const shift of [-3, -1, 0.5, 1, 2, 4, 8]) {
      const b = [meanOver([shift, shift + 2, shift - 1]), meanOver([shift + 1, shift, shift + 2])];
      const { interval, pValue } = compareRuns([zero(3), zero(3)], b, 0.8);
      expect(pValue < 0.2).toBe(interval[0] > 0 || interval[1] < 0);
    }
  });

  it('finds nothing between equal runs, and everything where nothing varies', () => {
    const same = [run(0.4, [0.3, 0.5]), run(0.6, [0.5, 0.7])];
    expect(compareRuns(same, same)).toMatchObject({ difference: 0, pValue: 1, interval: [0, 0], standardError: 0 });
    const better = [run(0.5, [0.4, 0.6]), run(0.5, [0.4, 0.6])];
    const worse = [run(0.25, [0.15, 0.35]), run(0.25, [0.15, 0.35])];
    expect(compareRuns(worse, better).pValue).toBeLessThan(1e-6);
  });

  it('leaves out resamples without a value', () => {
    const a = [run(0, [0, 0], [0, Number.NaN, 0, 0]), run(0, [0, 0], [0, Number.NaN, 0, 0])];
    const b = [run(1, [1, 1], [1, Number.NaN, 2, 3]), run(1, [1, 1], [1, Number.NaN, 2, 3])];
    // None of three at or below 0: 2 · (1 + 0) / (3 + 1).
    expect(compareRuns(a, b, 0.5).testGroupsAlone).toEqual({ interval: [1.5, 2.5], pValue: 0.5 });
  });

  it('refuses runs that are no pairs, other resamples and undefined metrics', () => {
    const fine = run(1, [1, 1]);
    expect(() => compareRuns([fine], [fine])).toThrow(/at least two, got 1 and 1/);
    expect(() => compareRuns([fine, fine], [fine, fine, fine])).toThrow(/got 2 and 3/);
    expect(() => compareRuns([fine, fine], [fine, run(1, [1, 1, 1])])).toThrow(/same resamples/);
    expect(() => compareRuns([fine, fine], [fine, run(1, [1, Number.NaN])])).toThrow(/undefined on the test set/);
  });
});

describeWithData('golden/stats', 'the golden values of scipy', () => {
  it('the paired t-test, where the groups say nothing', () => {
    const golden = testDataJson<{
      a: number[];
      b: number[];
      ttest_rel: { p: number };
      mean_diff: number;
      ci95_mean_diff: [number, number];
    }>('golden/stats/paired_tests.json');
    const [a, b] = [golden.a, golden.b].map((values) => values.map((value) => run(value, [value, value])));
    // The golden difference is a − b.
    const { difference, interval, pValue } = compareRuns(b!, a!);
    expect(Math.abs(difference - golden.mean_diff)).toBeLessThan(1e-12);
    expect(Math.abs(interval[0] - golden.ci95_mean_diff[0])).toBeLessThan(1e-12);
    expect(Math.abs(interval[1] - golden.ci95_mean_diff[1])).toBeLessThan(1e-12);
    expect(Math.abs(pValue / golden.ttest_rel.p - 1)).toBeLessThan(1e-9);
  });
});
