import { type SegmentEmbeddings, seededRandom, shuffled, takeRows } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitStandardization, standardize } from './standardization.ts';

const clips = (...counts: number[]) => {
  const segmentStart = Uint32Array.of(0, ...counts.map((_, i) => counts.slice(0, i + 1).reduce((a, b) => a + b)));
  return (cols: number, ...values: number[]): SegmentEmbeddings => ({
    segments: { data: Float32Array.from(values), rows: segmentStart.at(-1)!, cols },
    segmentStart,
  });
};

describe('a standardization', () => {
  it('has mean and standard deviation over segments, not clips', () => {
    const { columns, mean, sd } = fitStandardization(clips(1, 3)(2, 1, 0, 3, 10, 5, 10, 7, 20));
    expect(Array.from(columns)).toEqual([0, 1]);
    expect(Array.from(mean)).toEqual([4, 10]);
    expect(Array.from(sd)).toEqual([Math.sqrt(5), Math.sqrt(50)]);
  });

  it('drops dimensions that do not vary, or by rounding only', () => {
    const fitted = fitStandardization(clips(1, 1)(4, 7, 0, 1000, 1, 7, 0, 1000 + 2 ** -14, 2));
    expect(fitted.dim).toBe(4);
    expect(Array.from(fitted.columns)).toEqual([3]);
    expect(standardize({ data: Float32Array.of(5, 6, 7, 2.5), rows: 1, cols: 4 }, fitted).data).toEqual(
      Float32Array.of(2),
    );
  });

  it('keeps a small dimension around zero', () => {
    expect(Array.from(fitStandardization(clips(1, 1)(2, 1e-20, 1, -1e-20, 5)).columns)).toEqual([0, 1]);
  });

  it('gives what it was fitted on mean 0 and standard deviation 1', () => {
    const value = fc.float({ min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 40 }), (values) => {
        fc.pre(Math.max(...values) - Math.min(...values) > 1);
        const train = clips(values.length)(1, ...values);
        const { data } = standardize(train.segments, fitStandardization(train));
        const mean = data.reduce((a, b) => a + b, 0) / data.length;
        const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
        expect(mean).toBeCloseTo(0, 4);
        expect(variance).toBeCloseTo(1, 4);
      }),
    );
  });

  it('does not depend on the order of clips, though large numbers cancel', () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 3000 }, (_, i) => (random.uniform() - 0.5) * 10 ** (i % 12));
    const train = clips(...Array.from({ length: 1000 }, () => 1))(3, ...values);
    const other = { ...train, segments: takeRows(train.segments, shuffled(random, 1000)) };
    const [a, b] = [fitStandardization(train), fitStandardization(other)];
    for (const key of ['mean', 'sd'] as const) {
      for (const [i, value] of a[key].entries())
        expect(Math.abs(b[key][i]! - value)).toBeLessThanOrEqual(2 ** -52 * Math.abs(value));
    }
    expect(standardize(train.segments, a)).toEqual(standardize(train.segments, b));
  });

  it('names the clip with a number that is not finite', () => {
    const fit = () => fitStandardization(clips(1, 2)(2, 1, 2, 3, 4, 5, Number.NaN));
    expect(fit).toThrow(expect.objectContaining({ code: 'REFRAIN_DATA', source: 'clip 1' }));
    expect(fit).toThrow('The embedding of clip 1, segment 1, holds NaN');
  });

  it('takes numbers as they are where none varies', () => {
    const { segments, segmentStart } = clips(1, 1)(2, 3, 4, 3, 4);
    const fitted = fitStandardization({ segments, segmentStart });
    expect(standardize(segments, fitted)).toEqual(segments);
    const other = { data: Float32Array.of(5, -1), rows: 1, cols: 2 };
    expect(standardize(other, fitted)).toEqual(other);
    expect(standardize(clips(1)(2, 3, 4).segments, fitStandardization(clips(1)(2, 3, 4))).data).toEqual(
      Float32Array.of(3, 4),
    );
  });

  it('needs a segment in every clip, and the width it was fitted on', () => {
    expect(() => fitStandardization(clips(1, 0, 1)(1, 1, 2))).toThrow('Clip 1 has no segment');
    expect(() => fitStandardization(clips(1, 1)(2, 1, 2))).toThrow(/need 4 numbers/);
    const fitted = fitStandardization(clips(1, 1)(1, 1, 2));
    expect(() => standardize({ data: new Float32Array(2), rows: 1, cols: 2 }, fitted)).toThrow(
      /of 1 numbers; these have 2/,
    );
  });
});
