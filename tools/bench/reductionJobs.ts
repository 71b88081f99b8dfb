import { dot, type LoadedPoints, type Matrix, type Measure, readNpyMatrix, seededRandom } from '@refrain/core';
import { floorForShare, productOperations, shareOfPairs } from './floor.ts';
import type { Facts, KernelChoice, Prepared } from './job.ts';
import { importKernel } from './kernelChoice.ts';

/** Neighbours per point in the benchmarks, as many as HDBSCAN asks for. */
export const NEIGHBOURS = 24;

/** Pairs per point that `pairs-above` aims at. */
export const PAIRS_PER_POINT = 10;

const SAMPLED_PAIRS = 200_000;
const TILE_REPETITIONS = 5;

/** The nearest neighbours of every point. */
export async function prepareNearest(file: string, choice: KernelChoice): Promise<Prepared> {
  const points = await readNpyMatrix(file);
  return onLoaded(points, 'euclidean', choice, async (loaded) => {
    const { indices } = await loaded.nearest({ k: NEIGHBOURS });
    return { neighbours: indices.length };
  });
}

/** The histogram of all cosines: one group of all points. */
export async function prepareHistogram(file: string, choice: KernelChoice): Promise<Prepared> {
  const points = await readNpyMatrix(file);
  const groups = new Int32Array(points.rows);
  return onLoaded(points, 'inner-product', choice, async (loaded) => {
    const counts = await loaded.histogram({ groups, groupCount: 1, bins: 200, from: -1, to: 1 });
    return { pairs: counts.reduce((sum, count) => sum + count, 0) };
  });
}

/** The pairs above a cosine that a sample says about ten pairs a point reach. The sample does not count. */
export async function preparePairsAbove(file: string, choice: KernelChoice): Promise<Prepared> {
  const points = await readNpyMatrix(file);
  const threshold = floorForShare(sampledSimilarities(points), shareOfPairs(points.rows, PAIRS_PER_POINT));
  const floor = new Float32Array(points.rows).fill(threshold);
  return onLoaded(points, 'inner-product', choice, async (loaded) => {
    const { i } = await loaded.pairsAbove({ floor });
    return { pairs: i.length, threshold };
  });
}

/** The rate of whole tiles, 2048 × 2048 or as large as there are points: operations per wall second, the kernel's start not counted. */
export async function prepareTile(file: string, choice: KernelChoice): Promise<Prepared> {
  const points = await readNpyMatrix(file);
  const range = { start: 0, end: Math.min(2048, points.rows) };
  return onLoaded(points, 'inner-product', choice, async (loaded) => {
    await loaded.tile(range, range);
    const start = performance.now();
    for (let i = 0; i < TILE_REPETITIONS; i++) await loaded.tile(range, range);
    const wall = (performance.now() - start) / 1000;
    return { operationsPerSecond: (TILE_REPETITIONS * productOperations(range.end, range.end, points.cols)) / wall };
  });
}

async function onLoaded(
  points: Matrix,
  measure: Measure,
  choice: KernelChoice,
  reduce: (loaded: LoadedPoints) => Promise<Facts>,
): Promise<Prepared> {
  const open = await importKernel(choice);
  return async () => {
    const { kernel, facts } = open();
    const loaded = await kernel.load(points, measure);
    try {
      return { ...(await reduce(loaded)), ...facts() };
    } finally {
      await loaded.close();
    }
  };
}

/** Inner products of random pairs of different rows. */
function sampledSimilarities(points: Matrix): Float64Array {
  const random = seededRandom('pairs');
  return Float64Array.from({ length: SAMPLED_PAIRS }, () => {
    const i = random.integer(points.rows);
    const j = (i + 1 + random.integer(points.rows - 1)) % points.rows;
    return dot(points, i, points, j);
  });
}
