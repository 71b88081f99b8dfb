import { describe, expect, it } from 'vitest';
import { largest, mean, median, quantile, roundHalfUp, sampleVariance, softmax } from './numbers.ts';
import { describeWithData, testDataJson } from './testing/testData.ts';

it('rounds halves up, below zero too', () => {
  expect([0.5, 2.5, -2.5, 2.4999, 3].map(roundHalfUp)).toEqual([1, 3, -2, 2, 3]);
});

it('takes means, variances and medians', () => {
  expect([mean([1, 2, 6]), sampleVariance([1, 2, 6]), median([1, 2, 6]), median([1, 2, 6, 8])]).toEqual([3, 7, 2, 4]);
  for (const none of [mean([]), sampleVariance([5]), median([])]) expect(none).toBeNaN();
});

it('finds the largest of more values than a call takes arguments', () => {
  expect(largest(new Float64Array(1_000_000).fill(-3, 1).fill(-4, 0, 1))).toBe(-3);
  expect([largest([]), largest([1, Number.NaN, 2])]).toEqual([-Infinity, Number.NaN]);
});

it('takes the softmax of values that would overflow', () => {
  const [low, high] = softmax([1000, 1000 + Math.log(3)]);
  expect([low, high]).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.75, 12)]);
});

describe('a quantile', () => {
  it('is linear between neighbours', () => {
    expect([quantile([10, 20, 40], 0.75), quantile([10, 20, 40], 1)]).toEqual([30, 40]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describeWithData('golden/stats', 'the golden values of numpy', () => {
  interface Golden {
    readonly x: number[];
    readonly q: number[];
    readonly linear: number[];
  }

  it.each(testDataJson<Golden[]>('golden/stats/percentiles.json'))('of $x.length values', ({ x, q, linear }) => {
    const ascending = Float64Array.from(x).sort();
    q.forEach((percent, i) => {
      expect(Math.abs(quantile(ascending, percent / 100) - linear[i]!)).toBeLessThan(1e-12);
    });
  });
});
