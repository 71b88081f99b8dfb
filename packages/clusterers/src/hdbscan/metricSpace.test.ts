import { type Matrix, type SimilarityKernel, seededRandom, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { openSpace, usableRows } from './metricSpace.ts';

const METRICS = ['euclidean', 'cosine'] as const;

function randomPoints(rows: number, cols: number, offset: number): Matrix {
  const random = seededRandom('space');
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = offset + random.uniform() - 0.5;
  return points;
}

/** A kernel that owns to no error; the plain one has one part in 2²⁴ of each similarity. */
const sureKernel: SimilarityKernel = {
  name: 'sure',
  load: async (points, measure) => {
    const loaded = await plainKernel().load(points, measure);
    return Object.assign(loaded, { tolerance: 0 });
  },
};

describe.each(METRICS)('a space of %s distances', (metric) => {
  it.each([0, 3, 5000])('bounds distances closely from below, %i away from the origin', async (offset) => {
    const points = randomPoints(30, 20, offset);
    const space = await openSpace(points, metric, plainKernel());
    const whole = { start: 0, end: 30 };
    const similarities = await space.loaded.tile(whole, whole);
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 30; j++) {
        const distance = space.distance(i, j);
        const bound = space.distanceAtLeast(similarities[i * 30 + j]!);
        expect(bound).toBeLessThanOrEqual(distance);
        expect(bound).toBeGreaterThanOrEqual(distance * 0.999);
      }
    }
  });

  it('allows for what rounding did to the points before the kernel saw them', async () => {
    // Close pairs, far from the mean: the centred numbers are rounded by more than the kernel's part in 2²⁴ of their small distance.
    const random = seededRandom('pairs');
    const points = zeros(60, 2);
    for (let i = 0; i < 60; i++) {
      points.data.set([1 + (i % 2) + i * 1e-6, (i % 3 === 0 ? 4 : -2) + random.uniform() * 1e-5], i * 2);
    }
    const space = await openSpace(points, metric, sureKernel);
    const whole = { start: 0, end: 60 };
    const similarities = await space.loaded.tile(whole, whole);
    similarities.forEach((similarity, at) => {
      const distance = space.distance(Math.floor(at / 60), at % 60);
      expect(space.distanceAtLeast(similarity)).toBeLessThanOrEqual(distance * (1 + 2 ** -23));
    });
  });

  it('turns distances into limits of similarity that hold, and are not far off', async () => {
    const space = await openSpace(randomPoints(30, 20, 3), metric, sureKernel);
    const random = seededRandom('limits');
    for (let draw = 0; draw < 200; draw++) {
      const distance = random.uniform() ** 4 * 2;
      // A pair of the limit itself can be that near, but hardly nearer, and likewise on the other side.
      const least = space.distanceAtLeast(space.similarityAtLeast(distance));
      expect(least).toBeGreaterThanOrEqual(distance);
      expect(least).toBeLessThanOrEqual(distance * 1.0001 + 1e-6);
      const most = space.distanceAtMost(space.similarityAtMost(distance));
      // What is nearer than rounding has no lower limit.
      expect(most).toBeLessThanOrEqual(Math.max(distance, 1e-6));
      expect(most).toBeGreaterThanOrEqual(distance * 0.9999 - 1e-6);
    }
  });
});

describe('distances', () => {
  it('are those of the definition', async () => {
    const points = { data: Float32Array.of(3, 0, 0, 4, 6, 0), rows: 3, cols: 2 };
    const euclidean = await openSpace(points, 'euclidean', plainKernel());
    expect([euclidean.distance(0, 1), euclidean.distance(0, 2)]).toEqual([5, 3]);
    const cosine = await openSpace(points, 'cosine', plainKernel());
    expect(cosine.distance(0, 1)).toBeCloseTo(1, 15);
    expect(cosine.distance(0, 2)).toBe(0);
  });

  it('need finite values, and a direction for the cosine', () => {
    const data = Float32Array.of(1, 0, 0, 0, 1, Number.NaN, Infinity, 1, 0, -2);
    const points = { data, rows: 5, cols: 2 };
    expect([...usableRows(points, 'euclidean')]).toEqual([0, 1, 4]);
    expect([...usableRows(points, 'cosine')]).toEqual([0, 4]);
  });
});
