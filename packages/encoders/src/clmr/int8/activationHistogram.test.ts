import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { addValues, emptyHistogram, percentile } from './activationRanges.ts';

const { uniform } = seededRandom('activations');
const histogramOf = (...pieces: Float32Array[]) => {
  const histogram = emptyHistogram();
  for (const piece of pieces) addValues(histogram, piece);
  return histogram;
};

/** Half of them zeros, the others with a long tail, as behind a ReLU. */
const activations = (count: number, size: number) =>
  Float32Array.from({ length: count }, () => (uniform() < 0.5 ? 0 : -size * Math.log(1 - uniform())));

describe('a percentile of a histogram', () => {
  it.each([1e-6, 0.3, 7, 1e9])('is that of the sorted values, up to a bin above it, for sizes of %d', (size) => {
    const values = activations(100_000, size);
    const sorted = values.toSorted();
    const histogram = histogramOf(values);
    for (const share of [0.2, 0.5, 0.75, 0.99, 0.9999, 0.999_99, 1]) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
      const found = percentile(histogram, share);
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found - exact).toBeLessThanOrEqual(sorted.at(-1)! / 4096);
    }
    expect(percentile(histogram, 1)).toBe(sorted.at(-1));
  });

  it('is 0 where all values are, and where there are none', () => {
    expect(percentile(histogramOf(new Float32Array(10)), 0.9999)).toBe(0);
    expect(percentile(emptyHistogram(), 0.9999)).toBe(0);
  });
});

describe('a histogram', () => {
  it('is the same whatever the order and the pieces', () => {
    const [small, large] = [activations(1000, 0.01), activations(5000, 40)];
    const together = Float32Array.from([...large, ...small]).reverse();
    expect(histogramOf(small, large)).toEqual(histogramOf(together));
    expect(histogramOf(large.subarray(0, 77), small, large.subarray(77))).toEqual(histogramOf(together));
  });

  it('counts every value once', () => {
    const { bins, count, width } = histogramOf(Float32Array.of(0, 0, 1), Float32Array.of(8191.5, 4096));
    expect(width).toBe(1);
    expect(count).toBe(5);
    expect([0, 1, 4096, 8191].map((b) => bins[b])).toEqual([2, 1, 1, 1]);
  });

  it('tells of an infinite value', () => {
    expect(histogramOf(Float32Array.of(1, Number.POSITIVE_INFINITY)).largest).toBe(Number.POSITIVE_INFINITY);
  });
});
