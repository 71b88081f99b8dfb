import { type Matrix, seededRandom, shuffled, takeRows, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HdbscanResult } from './clusterFromTree.ts';
import { Hdbscan } from './hdbscan.ts';
import type { HdbscanOptions } from './options.ts';

const fit = (points: Matrix, options: Partial<HdbscanOptions>) => new Hdbscan(options, plainKernel()).fit(points);

/** Points around a few centres, in general position: all distances differ. */
function mixture(seed: number | string, rows: number, cols: number): Matrix {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const centres = Float64Array.from({ length: 4 * cols }, () => 6 * normal());
  const points = zeros(rows, cols);
  points.data.forEach((_, at) => {
    const centre = Math.floor(at / cols) % 5;
    points.data[at] = centre === 4 ? 8 * normal() : centres[centre * cols + (at % cols)]! + normal();
  });
  return points;
}

/** Points on a grid of whole numbers: masses of equal distances, and duplicates where there are more points than places. */
function gridPoints(seed: number | string, rows: number, cols: number, levels: number): Matrix {
  const random = seededRandom(seed);
  const points = zeros(rows, cols);
  points.data.forEach((_, at) => {
    points.data[at] = random.integer(levels);
  });
  return points;
}

/** A mixture of which a part is there again, some points many times. */
function withDuplicates(seed: number | string, rows: number, cols: number): Matrix {
  const random = seededRandom(`${seed} duplicates`);
  const different = Math.ceil(rows / 2);
  const again = Array.from({ length: rows - different }, () => random.integer(Math.ceil(different / 3)));
  return takeRows(mixture(seed, different, cols), [...Array(different).keys(), ...again]);
}

const MAKERS = {
  mixture,
  withDuplicates,
  coarseGrid: (seed: number | string, rows: number, cols: number) => gridPoints(seed, rows, cols, 4),
  fineGrid: (seed: number | string, rows: number, cols: number) => gridPoints(seed, rows, cols, 40),
};

/** What points have after their rows were permuted, back in the order before. */
function unpermuted<T extends Int32Array | Float64Array>(values: T, order: Uint32Array): number[] {
  const back = new Array<number>(values.length);
  order.forEach((i, at) => {
    back[i] = values[at]!;
  });
  return back;
}

async function faultsOfOrder(points: Matrix, options: Partial<HdbscanOptions>, seed: number): Promise<string[]> {
  const straight = await fit(points, options);
  const order = shuffled(seededRandom(seed), points.rows);
  const permuted = await fit(takeRows(points, order), options);
  const faults: string[] = [];
  const compare = (what: string, a: ArrayLike<number>, b: ArrayLike<number>) => {
    if (a.length !== b.length || Array.from(a).some((value, i) => !Object.is(value, b[i]))) faults.push(what);
  };
  for (const what of ['labels', 'probabilities', 'outlierScores'] as const) {
    compare(what, unpermuted<Int32Array | Float64Array>(permuted[what], order), straight[what]);
  }
  compare('persistence', permuted.persistence, straight.persistence);
  for (const what of ['parents', 'lambdas', 'sizes'] as const) {
    compare(`condensed ${what}`, permuted.condensedTree[what], straight.condensedTree[what]);
  }
  compare('stabilities', permuted.clusterTree.stabilities, straight.clusterTree.stabilities);
  return faults;
}

/** Points on the corners of equal squares: six clusters that nothing but their place tells apart. */
function equalSquares(): Matrix {
  const corners = [0, 1, 2, 3, 4, 5].flatMap((square) => {
    const [x, y] = [(square % 3) * 10, Math.floor(square / 3) * 10];
    return [x, y, x + 1, y, x, y + 1, x + 1, y + 1];
  });
  return { data: Float32Array.from(corners), rows: 24, cols: 2 };
}

describe('canonical ties', () => {
  it('make labels, probabilities and scores a function of the points, not of their order', async () => {
    let clusters = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          maker: fc.constantFrom(...Object.values(MAKERS)),
          rows: fc.integer({ min: 2, max: 90 }),
          cols: fc.integer({ min: 1, max: 3 }),
        }),
        fc.record({
          minClusterSize: fc.integer({ min: 2, max: 7 }),
          minSamples: fc.integer({ min: 1, max: 6 }),
          metric: fc.constantFrom('euclidean' as const, 'cosine' as const),
          clusterSelectionMethod: fc.constantFrom('eom' as const, 'leaf' as const),
          clusterSelectionEpsilon: fc.constantFrom(0, 0.5, 1),
          allowSingleCluster: fc.boolean(),
          maxClusterSize: fc.constantFrom(0, 12),
          alpha: fc.constantFrom(1, 0.7),
        }),
        async ({ seed, maker, rows, cols }, options) => {
          const points = maker(seed, rows, cols);
          expect(await faultsOfOrder(points, options, seed)).toEqual([]);
          clusters += (await fit(points, options)).clusterCount;
        },
      ),
      { numRuns: 120 },
    );
    expect(clusters).toBeGreaterThan(120);
  });

  it.each(Object.keys(MAKERS))('do so for %s, too, in each of many orders', async (name) => {
    const points = MAKERS[name as keyof typeof MAKERS]('orders', 120, 2);
    const options = { minClusterSize: 4, minSamples: 2 };
    for (let order = 0; order < 12; order++) expect(await faultsOfOrder(points, options, order)).toEqual([]);
  });

  it('are needed for that: one by one, equal merges show the order of points', async () => {
    const points = gridPoints('orders', 120, 2, 40);
    const options = { minClusterSize: 4, minSamples: 2, ties: 'reference' } as const;
    const faults = new Set<string>();
    for (let order = 0; order < 12; order++) for (const f of await faultsOfOrder(points, options, order)) faults.add(f);
    expect([...faults]).toEqual(expect.arrayContaining(['labels', 'probabilities', 'outlierScores']));
  });

  it('split a cluster into as many as there are, numbered by their place where all else is equal', async () => {
    const points = equalSquares();
    const options = { minClusterSize: 4, minSamples: 2 };
    const result = await fit(points, options);
    expect([...result.clusterTree.childCounts]).toEqual([6, 0, 0, 0, 0, 0, 0]);
    // The least corners in order are (0, 0), (0, 10), (10, 0), …
    expect([...result.labels]).toEqual([0, 2, 4, 1, 3, 5].flatMap((label) => [label, label, label, label]));
    for (let order = 0; order < 10; order++) expect(await faultsOfOrder(points, options, order)).toEqual([]);
    // Merged one by one the squares hang in a chain of splits in two.
    const binary = await fit(points, { ...options, ties: 'reference' });
    expect(Math.max(...binary.clusterTree.childCounts)).toBe(2);
  });

  it('find no clusters in a whole grid, which is the same everywhere', async () => {
    const data = Float32Array.from({ length: 2 * 81 }, (_, at) =>
      at % 2 === 0 ? Math.floor(at / 18) : Math.floor(at / 2) % 9,
    );
    const grid = { data, rows: 81, cols: 2 };
    expect((await fit(grid, { minClusterSize: 3, minSamples: 2 })).clusterCount).toBe(0);
  });

  it('give duplicates one label, probability and score', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.constantFrom(withDuplicates, MAKERS.coarseGrid),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom('euclidean' as const, 'cosine' as const),
        async (seed, maker, minSamples, metric) => {
          const points = maker(seed, 70, 2);
          const result = await fit(points, { minClusterSize: 3, minSamples, metric });
          expect(differingDuplicates(points, result)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** Pairs of equal rows of which not all results are equal. */
function differingDuplicates(points: Matrix, { labels, probabilities, outlierScores }: HdbscanResult): string[] {
  const first = new Map<string, number>();
  const faults: string[] = [];
  for (let i = 0; i < points.rows; i++) {
    const key = points.data.subarray(i * points.cols, (i + 1) * points.cols).join();
    const j = first.get(key) ?? i;
    first.set(key, j);
    const isSame =
      labels[i] === labels[j] && probabilities[i] === probabilities[j] && outlierScores[i] === outlierScores[j];
    if (!isSame) faults.push(`${j} and ${i}`);
  }
  expect(first.size).toBeLessThan(points.rows);
  return faults;
}

describe('labels', () => {
  const options = { minClusterSize: 4, minSamples: 3 };

  it.each(Object.keys(MAKERS))('of %s stay when the points are scaled by a power of two', async (name) => {
    const points = MAKERS[name as keyof typeof MAKERS]('scale', 100, 3);
    const { labels, probabilities, outlierScores, clusterCount } = await fit(points, options);
    for (const factor of [2 ** -9, 0.5, 8, 2 ** 20]) {
      const scaled = await fit({ ...points, data: points.data.map((value) => value * factor) }, options);
      expect(scaled).toMatchObject({ labels, probabilities, outlierScores, clusterCount });
    }
  });

  it('of points in general position stay under any scale', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const points = mixture(seed, 100, 3);
      const { labels, clusterCount } = await fit(points, options);
      expect(clusterCount).toBeGreaterThan(1);
      for (const factor of [0.013, 3, 1234.5]) {
        const scaled = await fit({ ...points, data: points.data.map((value) => value * factor) }, options);
        expect(scaled.labels).toEqual(labels);
      }
    }
  });

  it('by the cosine metric do not see the length of rows', async () => {
    for (const maker of [mixture, MAKERS.coarseGrid, withDuplicates]) {
      const points = maker('lengths', 100, 3);
      const { labels, probabilities, clusterCount } = await fit(points, { ...options, metric: 'cosine' });
      expect(clusterCount).toBeGreaterThan(1);
      const random = seededRandom('lengths');
      const factors = Float64Array.from({ length: points.rows }, () => 2 ** (random.integer(17) - 8));
      const data = points.data.map((value, at) => value * factors[Math.floor(at / points.cols)]!);
      const stretched = await fit({ ...points, data }, { ...options, metric: 'cosine' });
      expect(stretched).toMatchObject({ labels, probabilities });
    }
  });
});
