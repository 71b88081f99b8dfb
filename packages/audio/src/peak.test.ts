import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { countFrom, peakOf } from './peak.ts';

it('counts the samples of a magnitude or a larger one, and no others', () => {
  const full = 1 - 2 ** -15;
  const samples = Float32Array.of(full, -full, 1, -1.5, 0, full - 2 ** -16, -0.5, Number.NaN, -0);
  expect(countFrom(full, samples)).toBe(5);
  expect(countFrom(0, samples.subarray(0, 3))).toBe(3);
});

describe('the peak', () => {
  it('is the largest magnitude, wherever it stands and whatever its sign', () => {
    const { uniform } = seededRandom('peak');
    for (const length of [1, 2, 3, 4, 5, 63, 64, 1001]) {
      const samples = Float32Array.from({ length: length + 1 }, () => uniform() - 0.5).subarray(1);
      expect(peakOf(samples)).toBe(Math.max(...samples.map(Math.abs)));
      for (const at of [0, length >> 1, length - 1]) expect(peakOf(samples.with(at, -3.25))).toBe(3.25);
    }
    expect(peakOf(new Float32Array(0))).toBe(0);
    expect(peakOf(Float32Array.of(-0, 0))).toBe(0);
  });

  it('is no number where a sample is none, and infinite where one is', () => {
    const samples = new Float32Array(9).fill(0.5);
    for (const at of [0, 3, 8]) {
      expect(peakOf(samples.with(at, Number.NaN))).toBeNaN();
      expect(peakOf(samples.with(at, Number.NEGATIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
    }
  });
});
