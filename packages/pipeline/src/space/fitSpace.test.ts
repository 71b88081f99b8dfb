import { type Matrix, type NumberRows, rowOf, seededRandom, shuffled } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitSpace } from './fitSpace.ts';
import { placeSegments, standardize } from './placeSegments.ts';
import { PooledClips } from './poolClips.ts';
import type { SegmentSource } from './segments.ts';

const sourceOf = (clips: readonly NumberRows[], dim = clips[0]?.cols ?? 0): SegmentSource => ({
  clips: clips.length,
  dim,
  read: (clip) => clips[clip]!,
});

/** Clips of so many segments each, of these values in turn. */
const clips =
  (...counts: number[]) =>
  (cols: number, ...values: number[]): Matrix[] => {
    let at = 0;
    return counts.map((rows) => {
      const data = Float32Array.from(values.slice(at, at + rows * cols));
      at += rows * cols;
      return { data, rows, cols };
    });
  };

const fitStandardization = async (all: readonly NumberRows[]) => (await fitSpace(sourceOf(all), 'standardized'))!;

/** The unit rows of clips in a space, fitted on them unless another is given. */
async function rowsOf(
  all: readonly NumberRows[],
  kind: 'whitened' | 'standardized',
  given?: Awaited<ReturnType<typeof fitSpace>>,
) {
  const fitted = given ?? (await fitSpace(sourceOf(all), kind));
  const pooled = new PooledClips(all.length, 'mean');
  await placeSegments(sourceOf(all), fitted, (segments) => pooled.add(segments));
  return { fitted: fitted!, rows: pooled.finish().embeddings };
}

const cosine = (rows: Matrix, i: number, j: number) => {
  const other = rowOf(rows, j);
  return rowOf(rows, i).reduce((sum, value, k) => sum + value * other[k]!, 0);
};

describe('a standardization', () => {
  it('has mean and standard deviation over segments, not clips', async () => {
    const { columns, mean, sd } = await fitStandardization(clips(1, 3)(2, 1, 0, 3, 10, 5, 10, 7, 20));
    expect(Array.from(columns)).toEqual([0, 1]);
    expect(Array.from(mean)).toEqual([4, 10]);
    expect(Array.from(sd)).toEqual([Math.sqrt(5), Math.sqrt(50)]);
  });

  it('drops dimensions that do not vary, or by rounding only', async () => {
    const fitted = await fitStandardization(clips(1, 1)(4, 7, 0, 1000, 1, 7, 0, 1000 + 2 ** -14, 2));
    expect(fitted.dim).toBe(4);
    expect(Array.from(fitted.columns)).toEqual([3]);
    expect(standardize({ data: Float32Array.of(5, 6, 7, 2.5), rows: 1, cols: 4 }, fitted).data).toEqual(
      Float32Array.of(2),
    );
  });

  it('keeps a small dimension around zero', async () => {
    expect(Array.from((await fitStandardization(clips(1, 1)(2, 1e-20, 1, -1e-20, 5))).columns)).toEqual([0, 1]);
  });

  it('gives what it was fitted on mean 0 and standard deviation 1', async () => {
    const value = fc.float({ min: -1000, max: 1000, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 4, maxLength: 40 }), async (values) => {
        fc.pre(Math.max(...values) - Math.min(...values) > 1);
        const [train] = clips(values.length)(1, ...values) as [Matrix];
        const { data } = standardize(train, await fitStandardization([train]));
        const mean = data.reduce((a, b) => a + b, 0) / data.length;
        const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
        expect(mean).toBeCloseTo(0, 4);
        expect(variance).toBeCloseTo(1, 4);
      }),
    );
  });

  it('does not depend on the order of clips, though large numbers cancel', async () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 3000 }, (_, i) => (random.uniform() - 0.5) * 10 ** (i % 12));
    const train = clips(...Array.from({ length: 1000 }, () => 1))(3, ...values);
    const other = Array.from(shuffled(random, 1000), (clip) => train[clip]!);
    const [a, b] = [await fitStandardization(train), await fitStandardization(other)];
    for (const key of ['mean', 'sd'] as const) {
      for (const [i, value] of a[key].entries())
        expect(Math.abs(b[key][i]! - value)).toBeLessThanOrEqual(2 ** -52 * Math.abs(value));
    }
    for (const clip of train) expect(standardize(clip, a)).toEqual(standardize(clip, b));
  });

  it('names the clip with a number that is not finite', async () => {
    const fit = fitStandardization(clips(1, 2)(2, 1, 2, 3, 4, 5, Number.NaN));
    await expect(fit).rejects.toThrow(expect.objectContaining({ code: 'REFRAIN_DATA', source: 'clip 1' }));
    await expect(fit).rejects.toThrow('The embedding of clip 1, segment 1, holds NaN');
  });

  it('takes numbers as they are where none varies', async () => {
    const [first, second] = clips(1, 1)(2, 3, 4, 3, 4) as [Matrix, Matrix];
    const fitted = await fitStandardization([first, second]);
    expect(standardize(first, fitted)).toEqual(first);
    const other = { data: Float32Array.of(5, -1), rows: 1, cols: 2 };
    expect(standardize(other, fitted)).toEqual(other);
    expect(standardize(first, await fitStandardization([first])).data).toEqual(Float32Array.of(3, 4));
  });

  it('needs a segment in every clip, and the width it was fitted on', async () => {
    await expect(fitStandardization(clips(1, 0, 1)(1, 1, 2))).rejects.toThrow('Clip 1 has no segment');
    await expect(fitStandardization([...clips(1)(2, 1, 2), ...clips(1)(1, 1)])).rejects.toThrow(
      /clip 1, 1 × 1,.*expected 1 × 2/,
    );
    const fitted = await fitStandardization(clips(1, 1)(1, 1, 2));
    const wider = { data: new Float32Array(2), rows: 1, cols: 2 };
    expect(() => standardize(wider, fitted)).toThrow(/of 1 numbers; these have 2/);
    await expect(placeSegments(sourceOf([wider]), fitted, () => {})).rejects.toThrow(/of 1 numbers; these have 2/);
  });
});

/** Numbers that anything can compute again, in float64. */
function waves(counts: readonly number[], d: number): NumberRows[] {
  let n = 0;
  return counts.map((rows, clip) => {
    const data = new Float64Array(rows * d);
    for (let row = 0; row < rows; row++) {
      n++;
      for (let k = 0; k < d; k++) {
        const own = (k + 1) * Math.sin(1.7 * (clip + 1) * (k + 2));
        data[row * d + k] = own + (k === 0 ? 4 : 1) * Math.sin(0.9 * n * (k + 1)) + 0.8 * Math.sin(2.3 * n);
      }
    }
    return { data, rows, cols: d };
  });
}

const MANY = [...Array.from({ length: 40 }, () => 4), 1, 7];

// The expected numbers are numpy's in float64, with the symmetric inverse root by eigenvectors, and Ledoit and Wolf's shrinkage.
describe('a whitened space', () => {
  it('has the cosines of the symmetric root', async () => {
    const { rows, fitted } = await rowsOf(waves(MANY, 5), 'whitened');
    expect(fitted.whitening).toMatchObject({ shrinkage: 0.05, clips: 41, segments: 167 });
    expect(fitted.whitening!.effectiveRank).toBeCloseTo(2.5218009325300637, 9);
    const expected = [-0.6598204857562424, 0.7854628455686151, 0.6097845465618473, -0.8471921232453785];
    for (const [i, value] of expected.entries()) expect(cosine(rows, 0, i + 1)).toBeCloseTo(value, 6);
    expect(cosine(rows, 41, 40)).toBeCloseTo(-0.47524225838500755, 6);
  });

  it('is shrunk where segments are few', async () => {
    const { rows, fitted } = await rowsOf(waves([3, 2, 3, 4], 8), 'whitened');
    expect(fitted.whitening!.shrinkage).toBeCloseTo(0.29596955815927184, 9);
    expect(fitted.whitening!.effectiveRank).toBeCloseTo(2.8338823355875022, 9);
    const expected = [-0.3314120936779183, 0.3470858118286843, -0.725360244168355];
    for (const [i, value] of expected.entries()) expect(cosine(rows, 0, i + 1)).toBeCloseTo(value, 6);
  });

  it('lets the segments of a clip vary alike in every direction, but for the shrinkage', async () => {
    const all = waves(MANY, 5);
    const { whitening, ...others } = (await fitSpace(sourceOf(all), 'whitened'))!;
    const products = new Float64Array(25);
    await placeSegments(sourceOf(all), { ...others, whitening: whitening! }, ({ data, rows }) => {
      if (rows < 2) return;
      const centre = Array.from(
        { length: 5 },
        (_, k) => [...data].reduce((sum, x, at) => sum + (at % 5 === k ? x : 0), 0) / rows,
      );
      for (let at = 0; at < 25 * rows; at++) {
        const [row, i, j] = [Math.floor(at / 25), Math.floor(at / 5) % 5, at % 5];
        products[5 * i + j]! += (data[5 * row + i]! - centre[i]!) * (data[5 * row + j]! - centre[j]!);
      }
    });
    // M'WM with MM' = ((1 − α)·W + α·c·I)⁻¹ is (I − α·c·M'M) / (1 − α), where c = tr W / d is given by its trace.
    const { matrix: m, shrinkage: a } = whitening!;
    const within = products.map((sum) => sum / (167 - 41));
    const gram = products.map((_, at) =>
      [0, 1, 2, 3, 4].reduce((sum, k) => sum + m[5 * k + Math.floor(at / 5)]! * m[5 * k + (at % 5)]!, 0),
    );
    const trace = (x: Float64Array) => x[0]! + x[6]! + x[12]! + x[18]! + x[24]!;
    const c = (5 - (1 - a) * trace(within)) / (a * trace(gram));
    for (const [at, value] of within.entries())
      expect(value).toBeCloseTo(((at % 6 === 0 ? 1 : 0) - a * c * gram[at]!) / (1 - a), 9);
  });

  it('does not depend on the scale of single dimensions, nor on what is added to them', async () => {
    const all = waves(MANY, 5);
    const scaled = all.map(({ data, ...size }) => ({
      data: data.map((x, at) => x * 10 ** ((at % 5) - 2) + (at % 5)),
      ...size,
    }));
    const [{ rows }, { rows: others }] = [await rowsOf(all, 'whitened'), await rowsOf(scaled, 'whitened')];
    for (const [at, value] of rows.data.entries()) expect(others.data[at]).toBeCloseTo(value, 6);
  });

  it('is the standardised one where no clip has two segments that differ', async () => {
    const lone = waves([1, 1, 1], 3);
    expect((await rowsOf(lone, 'whitened')).fitted.whitening).toBeUndefined();
    const twice = lone.map(({ data, cols }) => ({ data: Float64Array.of(...data, ...data), rows: 2, cols }));
    const { rows, fitted } = await rowsOf(twice, 'whitened');
    expect(fitted.whitening).toBeUndefined();
    expect(rows).toEqual((await rowsOf(lone, 'standardized')).rows);
  });

  /** 100 clips of one segment in two dimensions of mean 0 and deviation 1, whose correlation is .6. */
  const hundred = () =>
    clips(...Array.from({ length: 100 }, () => 1))(
      2,
      ...Array.from({ length: 100 }, (_, i) =>
        i < 40 ? [1, 1] : i < 80 ? [-1, -1] : i < 90 ? [1, -1] : [-1, 1],
      ).flat(),
    );

  it('is that of the total covariance where all clips have one segment, by hand', async () => {
    // (100 / 99)·[1 .6; .6 1], of which Ledoit & Wolf ask for an α of .017 and 2d / (n − 1 + 2d) of .039: .05 makes it a multiple of [1 .57; .57 1].
    const { fitted } = await rowsOf(hundred(), 'whitened');
    expect(fitted.whitening).toMatchObject({ covariance: 'total', shrinkage: 0.05, clips: 100, segments: 100 });
    expect(fitted.whitening!.effectiveRank).toBeCloseTo(4 / 2.72, 12);
    const { rows } = await rowsOf(clips(1, 1, 1)(2, 1, 0, 0, 1, 1, 1), 'whitened', fitted);
    expect(cosine(rows, 0, 1)).toBeCloseTo(-0.57, 6);
    expect(cosine(rows, 0, 2)).toBeCloseTo(0.43 / Math.sqrt(0.86), 6);
  });

  it('is shrunk the more the fewer clips there are for a dimension', async () => {
    const random = seededRandom('few');
    const made = (n: number, cols: number) =>
      Array.from({ length: n }, () => {
        const common = 8 * random.uniform();
        return {
          data: Float64Array.from({ length: cols }, (_, k) => common * (k % 7) + random.uniform()),
          rows: 1,
          cols,
        };
      });
    for (const [n, d] of [
      [100, 200],
      [150, 20],
    ] as const) {
      const { fitted, rows } = await rowsOf(made(n, d), 'whitened');
      expect(fitted.whitening!.shrinkage).toBeCloseTo((2 * d) / (n - 1 + 2 * d), 12);
      expect(rows.data.every(Number.isFinite)).toBe(true);
    }
  });

  it('takes the total covariance of 100 clips at least, that differ, and only where no clip has segments that do', async () => {
    const all = hundred();
    const covarianceOf = async (some: readonly NumberRows[]) =>
      (await rowsOf(some, 'whitened')).fitted.whitening?.covariance;
    expect(await covarianceOf(all)).toBe('total');
    expect(await covarianceOf(all.slice(1))).toBeUndefined();
    expect(await covarianceOf([...all, ...clips(2)(2, 1, 0, 0, 1)])).toBe('within-clip');
    // A third of 0.1 + 0.1 + 0.1 is not 0.1: the deviations of equal segments are rounding, and no covariance.
    const thrice = all.map(({ data }) => ({
      data: Float64Array.from({ length: 6 }, (_, at) => 0.1 * data[at % 2]! + 0.2),
      rows: 3,
      cols: 2,
    }));
    expect(await covarianceOf(thrice)).toBe('total');
    const equal = { data: Float64Array.of(0.1, 1e30), rows: 1, cols: 2 };
    const { fitted, rows } = await rowsOf(
      all.map(() => equal),
      'whitened',
    );
    expect(fitted.whitening).toBeUndefined();
    expect(rows.data.every(Number.isFinite)).toBe(true);
  });

  it('gives a clip the same row in any company, also where it fills more than a block', async () => {
    const all = waves([...MANY, 1100, 3, 600], 5);
    const { rows, fitted } = await rowsOf(all, 'whitened');
    for (const some of [[0], [42], [44, 3, 42], [41, 40, 39], [44]]) {
      const apart = await rowsOf(
        some.map((clip) => all[clip]!),
        'whitened',
        fitted,
      );
      for (const [i, clip] of some.entries()) expect(rowOf(apart.rows, i)).toEqual(rowOf(rows, clip));
    }
  });

  it('drops what does not vary', async () => {
    const all = waves(MANY, 5);
    const more = all.map(({ data, rows }) => ({
      data: Float64Array.from({ length: 6 * rows }, (_, at) =>
        at % 6 === 2 ? 7 : data[5 * Math.floor(at / 6) + (at % 6) - (at % 6 > 2 ? 1 : 0)]!,
      ),
      rows,
      cols: 6,
    }));
    const { rows, fitted } = await rowsOf(more, 'whitened');
    expect(Array.from(fitted.columns)).toEqual([0, 1, 3, 4, 5]);
    expect(rows).toEqual((await rowsOf(all, 'whitened')).rows);
  });
});
