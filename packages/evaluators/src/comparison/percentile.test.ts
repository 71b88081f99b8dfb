import { describeWithData, testDataJson } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { percentile } from './percentile.ts';

it('is linear between neighbours', () => {
  expect(percentile([10, 20, 40], 0.75)).toBe(30);
  expect(percentile([10, 20, 40], 1)).toBe(40);
  expect(percentile([], 0.5)).toBeNaN();
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
      expect(Math.abs(percentile(ascending, percent / 100) - linear[i]!)).toBeLessThan(1e-12);
    });
  });
});
