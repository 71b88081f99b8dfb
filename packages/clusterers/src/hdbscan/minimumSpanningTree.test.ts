import {
  type AlongQuery,
  dot,
  type Matrix,
  type ScoreCount,
  type SimilarityKernel,
  seededRandom,
  zeros,
} from '@refrain/core';
import { type InnerProducts, ReducedPoints, withReductions } from '@refrain/core/reductions';
import { plainKernel } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterFromDistances } from './clusterFromDistances.ts';
import { Hdbscan } from './hdbscan.ts';
import { openSpace } from './metricSpace.ts';
import { minimumSpanningTree } from './minimumSpanningTree.ts';
import { singleLinkageTree } from './singleLinkageTree.ts';

interface Settings {
  readonly minSamples: number;
  readonly alpha?: number;
  readonly metric?: 'euclidean' | 'cosine';
  readonly kernel?: SimilarityKernel;
}

/** The sorted weights found on a kernel, and those of Prim's algorithm on the matrix of exact distances. */
async function bothWays(points: Matrix, settings: Settings): Promise<{ found: number[]; expected: number[] }> {
  const { minSamples, alpha = 1, metric = 'euclidean', kernel = plainKernel() } = settings;
  const { singleLinkageTree: tree } = await new Hdbscan({ minClusterSize: 2, minSamples, alpha, metric }, kernel).fit(
    points,
  );
  const space = await openSpace(points, metric, plainKernel());
  const { rows } = points;
  const searched = await treeOf(points, settings, 0);
  expect(await treeOf(points, settings, rows)).toEqual(searched);
  expect(tree).toEqual(searched.tree);
  const distances = Float64Array.from({ length: rows * rows }, (_, at) =>
    space.distance(Math.floor(at / rows), at % rows),
  );
  const dense = clusterFromDistances(distances, rows, { minClusterSize: 2, minSamples, alpha });
  return { found: Array.from(tree.distances), expected: Array.from(dense.singleLinkageTree.distances) };
}

/** The hierarchy and core distances, with the pairs of up to `few` points held at once. */
async function treeOf(points: Matrix, settings: Settings, few: number) {
  const { minSamples, alpha = 1, metric = 'euclidean', kernel = plainKernel() } = settings;
  const space = await openSpace(points, metric, kernel);
  const options = { minSamples: Math.min(points.rows - 1, minSamples), alpha, few };
  const { core, ...edges } = await minimumSpanningTree(space, options);
  return { tree: singleLinkageTree(edges, points.rows), core };
}

function points(rows: number, cols: number, value: (i: number, k: number) => number): Matrix {
  const matrix = zeros(rows, cols);
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = value(Math.floor(at / cols), at % cols);
  return matrix;
}

/** A kernel that moves every point at random by up to `shift`, and says so in its tolerance. */
function unsureKernel(shift: number): SimilarityKernel {
  return {
    name: 'unsure',
    load: async (exact, measure) => {
      const random = seededRandom(shift);
      const side = shift / Math.sqrt(exact.cols);
      const moved = { ...exact, data: exact.data.map((value) => value + side * (2 * random.uniform() - 1)) };
      const loaded = await plainKernel().load(moved, measure);
      // Lengths are at most 1, so distances at most 2, off by twice the shift: (e + 2·shift)²/2 − e²/2, and rounding.
      const tolerance = 4 * shift + 2 * shift ** 2 + 1e-6;
      return {
        count: loaded.count,
        tolerance,
        tile: (rows, cols) => loaded.tile(rows, cols),
        nearest: (query) => loaded.nearest(query),
        histogram: (query) => loaded.histogram(query),
        scores: (query) => loaded.scores(query),
        pairsAbove: (query) => loaded.pairsAbove(query),
        pairsAlong: (query) => loaded.pairsAlong(query),
        close: () => loaded.close(),
      };
    },
  };
}

const RANDOM = seededRandom('hard');

/** Sets in which near points are hard to find, or in which many pairs are as near as the nearest. */
const HARD_SETS: Readonly<Record<string, (rows: number) => Matrix>> = {
  'uniform noise in many dimensions': (rows) => points(rows, 40, () => RANDOM.uniform()),
  'two tight balls far apart': (rows) => points(rows, 3, (i) => (i % 2) * 1000 + RANDOM.uniform()),
  'points that all have one distance': (rows) => points(rows, rows, (i, k) => (i === k ? 1 : 0)),
  'one point many times': (rows) => points(rows, 3, () => 1),
  'few different points': (rows) => points(rows, 3, (i, k) => ((i % 5) * (k + 2)) % 7),
  'a grid': (rows) => points(rows, 2, (i, k) => (k === 0 ? i % 16 : Math.floor(i / 16))),
  'one dense cell and few far points': (rows) =>
    points(rows, 5, (i) => (i % 60 === 0 ? 50 : 0.01) * (RANDOM.uniform() - 0.5)),
  'a line': (rows) => points(rows, 1, (i) => i + (i % 7) / 10),
};

const TILE = 32;

/** Scores of which all count, and are listed. */
const scoresOf = ({ rows }: Matrix): ScoreCount => ({
  score: { scale: new Float64Array(rows).fill(1), offset: new Float64Array(rows) },
  ...{ bins: 1, from: -1, to: 1, least: -Infinity, most: Infinity },
});

/** What the search along orders takes: pairs looked at, the most found in one call, and calls; `pairs` is how many there are. */
async function workOf(matrix: Matrix, minSamples: number, asked?: ScoreCount) {
  const work = { looks: 0, mostFound: 0, calls: 0, pairs: (matrix.rows * (matrix.rows - 1)) / 2 };
  let isCounted = false;
  const open = async (some: Matrix): Promise<InnerProducts> => ({
    innerProducts: async (rows, cols, into) => {
      let at = 0;
      for (let i = rows.start; i < rows.end; i++) {
        for (let j = cols.start; j < cols.end; j++) {
          into[at++] = dot(some, i, some, j);
          if (isCounted && i < j) work.looks++;
        }
      }
    },
    close: async () => {},
  });
  const kernel: SimilarityKernel = {
    name: 'counting',
    load: async (given, measure = 'inner-product') => {
      const loaded = await withReductions(given, measure, open, { tile: { rows: TILE, cols: TILE } });
      return Object.assign(loaded, {
        pairsAlong: async (query: AlongQuery) => {
          isCounted = true;
          const found = await ReducedPoints.prototype.pairsAlong.call(loaded, query);
          isCounted = false;
          work.mostFound = Math.max(work.mostFound, found.i.length);
          work.calls++;
          return found;
        },
      });
    },
  };
  const space = await openSpace(matrix, 'euclidean', kernel);
  const options = { minSamples, alpha: 1, few: 0, ...(asked && { scores: asked }) };
  const { scores } = await minimumSpanningTree(space, options);
  return { ...work, scores };
}

describe('the minimum spanning tree', () => {
  it('is exact on random points', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          rows: fc.integer({ min: 2, max: 70 }),
          cols: fc.integer({ min: 1, max: 5 }),
          minSamples: fc.integer({ min: 1, max: 8 }),
          alpha: fc.constantFrom(1, 0.4, 1.7),
          metric: fc.constantFrom('euclidean' as const, 'cosine' as const),
          levels: fc.constantFrom(3, 1000),
        }),
        async ({ seed, rows, cols, levels, ...settings }) => {
          const random = seededRandom(seed);
          const { found, expected } = await bothWays(
            points(rows, cols, () => random.integer(levels) + 1),
            settings,
          );
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([0.3, 1, 4])('is exact for clumps of clumps, longer than the lists, with alpha %f', async (alpha) => {
    const random = seededRandom('nested');
    for (const minSamples of [1, 4]) {
      const matrix = points(300, 2, () => random.integer(3) * 100 + random.integer(3) * 10 + random.uniform());
      const { found, expected } = await bothWays(matrix, { minSamples, alpha });
      expect(found).toEqual(expected);
    }
  });

  it.each([0.001, 0.03, 0.3])('is exact on a kernel that is off by %f', async (shift) => {
    const random = seededRandom('unsure');
    const matrix = points(150, 3, (i) => (i % 4) * 3 + random.uniform() ** 3);
    for (const alpha of [1, 1.5]) {
      const { found, expected } = await bothWays(matrix, { minSamples: 3, alpha, kernel: unsureKernel(shift) });
      expect(found).toEqual(expected);
    }
  });

  it('is exact where float32 cannot rank the neighbours', async () => {
    // Three clumps of nearly equal points: inside a clump, and from clump to clump, all distances are the same to seven digits.
    const random = seededRandom('clumps');
    const matrix = points(180, 4, (i, k) => (i % 3 === k ? 1000 : 0) + random.integer(16) * 2 ** -13);
    for (const minSamples of [1, 5]) {
      const { found, expected } = await bothWays(matrix, { minSamples });
      expect(found).toEqual(expected);
      expect(new Set(found).size).toBeGreaterThan(5);
    }
  });

  it('is exact for clumps of identical points', async () => {
    const { found, expected } = await bothWays(
      points(160, 3, (i, k) => (i % 2 === 0 ? k : k + 5)),
      { minSamples: 4 },
    );
    expect(found).toEqual(expected);
    expect(found.filter((weight) => weight > 0)).toEqual([Math.sqrt(75)]);
  });

  it.each([1e-18, 1e18, 1e36])('is exact for values around %f, whose squares float32 cannot hold', async (scale) => {
    const random = seededRandom('scale');
    const matrix = points(80, 6, () => random.uniform() * scale);
    const { found, expected } = await bothWays(matrix, { minSamples: 4 });
    expect(found).toEqual(expected);
  });

  it('is exact far from the origin', async () => {
    const random = seededRandom('far');
    const matrix = points(120, 8, () => 5000 + random.uniform());
    const { found, expected } = await bothWays(matrix, { minSamples: 4 });
    expect(found).toEqual(expected);
  });

  it.each(Object.entries(HARD_SETS))('is exact for %s', async (_, make) => {
    // Enough for several cells.
    for (const settings of [{ minSamples: 1 }, { minSamples: 5 }, { minSamples: 3, alpha: 1.5 }]) {
      const { found, expected } = await bothWays(make(270), settings);
      expect(found).toEqual(expected);
    }
  });

  it.each(Object.entries(HARD_SETS))('takes two half passes at most for %s, and bounded room', async (_, make) => {
    for (const minSamples of [1, 4]) {
      const { looks, mostFound, pairs, calls } = await workOf(make(400), minSamples);
      expect(looks).toBeLessThanOrEqual(1.15 * 2 * pairs);
      // One tile may find more than there is room for.
      expect(mostFound).toBeLessThanOrEqual(400 * (8 + 3 * minSamples) + 32 * 32);
      // Each call is followed by a new tree.
      expect(calls).toBeLessThan(80);
    }
  });

  it('counts the scores of all pairs, each once, in however many searches', async () => {
    const allCalls = new Set<number>();
    for (const make of Object.values(HARD_SETS)) {
      const matrix = make(400);
      const { calls, pairs, mostFound, scores } = await workOf(matrix, 1, scoresOf(matrix));
      const { i, j } = scores!.pairs!;
      expect(scores!.counts).toEqual(Float64Array.of(pairs));
      expect(new Set(Array.from(i, (one, at) => one * 400 + j[at]!)).size).toBe(pairs);
      expect(i).toHaveLength(pairs);
      // With scores there is three times as much room.
      expect(mostFound).toBeLessThanOrEqual(3 * 400 * 11 + 32 * 32);
      allCalls.add(calls);
    }
    expect(Math.max(...allCalls)).toBeGreaterThan(2);
  });

  it('takes one half pass where points are clustered', async () => {
    const random = seededRandom('clustered');
    const matrix = points(900, 6, (i) => (i % 9) * 3 + random.uniform());
    const { looks, pairs, calls } = await workOf(matrix, 4);
    expect(calls).toBe(1);
    expect(looks).toBeLessThanOrEqual(1.15 * pairs);
  });

  it('joins all points, each once', async () => {
    const random = seededRandom('tree');
    const matrix = points(90, 2, () => random.uniform());
    const { from, to } = await minimumSpanningTree(await openSpace(matrix, 'euclidean', plainKernel()), {
      minSamples: 2,
      alpha: 1,
    });
    const reached = new Set([0]);
    for (let round = 0; round < 90; round++) {
      from.forEach((i, edge) => {
        if (reached.has(i) || reached.has(to[edge]!)) reached.add(i).add(to[edge]!);
      });
    }
    expect(reached.size).toBe(90);
    expect(from).toHaveLength(89);
  });
});
