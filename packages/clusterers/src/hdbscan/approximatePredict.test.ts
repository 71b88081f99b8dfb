import { type Matrix, type Progress, quietHost, rowOf, seededRandom, takeRows, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approximatePredict } from './approximatePredict.ts';
import type { HdbscanModel } from './clusterFromTree.ts';
import { Hdbscan } from './hdbscan.ts';
import type { Metric } from './metricSpace.ts';
import { hdbscanOptions } from './options.ts';

const line = (...values: number[]): Matrix => ({ data: Float32Array.from(values), rows: values.length, cols: 1 });

async function fitted(points: Matrix, options: HdbscanModel['options']): Promise<HdbscanModel> {
  return { points, result: await new Hdbscan(options, plainKernel()).fit(points), options };
}

/** Clumps of points of different density, some of them twice, and points between. */
function clumps(seed: number | string, rows: number, cols: number): Matrix {
  const random = seededRandom(seed);
  const points = zeros(rows, cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < cols; k++) {
      const spread = [0.3, 1, 2, 9][i % 4]!;
      points.data[i * cols + k] = 1 + (i % 4) * 3 * ((k + i) % 2) + spread * (random.uniform() - 0.5);
    }
  }
  return takeRows(
    points,
    Array.from({ length: rows }, (_, i) => (i % 9 === 8 ? i - 4 : i)),
  );
}

function distance(metric: Metric, a: Float32Array, b: Float32Array): number {
  const norm = (row: Float32Array) =>
    metric === 'cosine' ? 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) : 1;
  const [scaleA, scaleB] = [norm(a), norm(b)];
  let squared = 0;
  for (let k = 0; k < a.length; k++) squared += (a[k]! * scaleA - b[k]! * scaleB) ** 2;
  return metric === 'cosine' ? squared / 2 : Math.sqrt(squared);
}

/** The prediction for one row by its definition, from sorted lists and the rows of the condensed tree. */
function predictByHand({ points, result, options }: HdbscanModel, row: Float32Array) {
  const { metric, alpha, minSamples } = hdbscanOptions.parse(options);
  const all = Array.from({ length: points.rows }, (_, i) => i);
  const sorted = (to: Float32Array, but: number) =>
    all
      .filter((j) => j !== but)
      .map((j) => ({ j, d: distance(metric, rowOf(points, j), to) }))
      .sort((a, b) => a.d - b.d || a.j - b.j);
  const core = (j: number) => sorted(rowOf(points, j), j)[minSamples - 1]!.d;
  const near = sorted(row, -1).slice(0, 2 * minSamples);
  const [first] = near;
  if (first!.d === 0) {
    const { labels, probabilities, outlierScores } = result;
    return [labels[first!.j]!, probabilities[first!.j]!, outlierScores[first!.j]!];
  }
  const reach = near.map(({ j, d }) => ({ j, w: Math.max(core(j), near[minSamples - 1]!.d, d / alpha) }));
  const least = reach.reduce((a, b) => (b.w < a.w ? b : a));
  const lambda = 1 / least.w;
  const { parents, children, lambdas, count } = result.condensedTree;
  const rowOfChild = (child: number) => children.indexOf(child);
  let cluster = parents[rowOfChild(least.j)]!;
  while (cluster > count && lambdas[rowOfChild(cluster)]! >= lambda) cluster = parents[rowOfChild(cluster)]!;
  const under = (one: number, top: number): boolean =>
    one === top || (one > count && under(parents[rowOfChild(one)]!, top));
  const leaving = (top: number, deep: boolean) =>
    Math.max(...lambdas.filter((_, at) => parents[at] === top || (deep && under(parents[at]!, top))));
  const most = leaving(cluster, true);
  const score = Math.max(0, (most - lambda) / most);
  const label = result.selection.clusters.findIndex((chosen) => under(cluster, count + chosen));
  if (label < 0) return [-1, 0, score];
  const death = leaving(count + result.selection.clusters[label]!, false);
  return [label, Math.min(lambda, death) / death, score];
}

describe('approximate prediction', () => {
  it('gives by hand what can be found by hand', async () => {
    // Core distances 1, 1, 1, 2, 2, 2, 30; the clusters are born at distance 18 and die at 1 and 2.
    const model = await fitted(line(0, 1, 2, 20, 22, 24, 54), { minClusterSize: 3, minSamples: 1 });
    const asked = line(1.25, 10, 40, -100, Number.NaN, 24, 54);
    const { labels, probabilities, outlierScores } = await approximatePredict(model, asked, plainKernel());
    // 40 is nearer to 54, but more easily reached from 24: 16 against 30.
    expect([...labels]).toEqual([0, 0, 1, -1, -1, 1, -1]);
    expect([...probabilities]).toEqual([1, 1 / 8, 1 / 16 / (1 / 2), 0, 0, 1, 0]);
    expect([...outlierScores.subarray(0, 5)]).toEqual([0, 1 - 1 / 8, 1 - 1 / 8, 1 - 1 / 100, 1]);
    expect(outlierScores[6]).toBe(model.result.outlierScores[6]);
  });

  it('is what its definition says, by both metrics', async () => {
    const seen = { noise: 0, clustered: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          metric: fc.constantFrom('euclidean' as const, 'cosine' as const),
          minSamples: fc.integer({ min: 1, max: 6 }),
          alpha: fc.constantFrom(1, 0.6, 1.5),
          clusterSelectionMethod: fc.constantFrom('eom' as const, 'leaf' as const),
        }),
        async ({ seed, ...options }) => {
          const model = await fitted(clumps(seed, 80, 2), { minClusterSize: 4, ...options });
          const asked = clumps(`${seed} new`, 24, 2);
          const { labels, probabilities, outlierScores } = await approximatePredict(model, asked, plainKernel());
          for (let i = 0; i < asked.rows; i++) {
            const [label, probability, score] = predictByHand(model, rowOf(asked, i));
            expect(labels[i]).toBe(label);
            expect(probabilities[i]).toBeCloseTo(probability!, 9);
            expect(outlierScores[i]).toBeCloseTo(score!, 9);
            seen[label! < 0 ? 'noise' : 'clustered']++;
          }
        },
      ),
      { numRuns: 30 },
    );
    expect(seen.noise).toBeGreaterThan(50);
    expect(seen.clustered).toBeGreaterThan(200);
  });

  it.each(['euclidean', 'cosine'] as const)('knows the clustered points again, by the %s metric', async (metric) => {
    const points = clumps('again', 120, 3);
    for (const minSamples of [1, 3, 40]) {
      const model = await fitted(points, { minClusterSize: 4, minSamples, metric });
      const { labels, probabilities, outlierScores } = await approximatePredict(model, points, plainKernel());
      expect(labels).toEqual(model.result.labels);
      expect(probabilities).toEqual(model.result.probabilities);
      expect(outlierScores).toEqual(model.result.outlierScores);
    }
  });

  it('finds the one equal point among many that float32 cannot tell apart', async () => {
    // 300 points within 1e-6 of each other and one far away; the new point is one of them.
    const random = seededRandom('clump');
    const data = Float32Array.from({ length: 301 }, (_, i) => (i === 0 ? 1000 : random.integer(4096) * 2 ** -12));
    const model = await fitted({ data, rows: 301, cols: 1 }, { minClusterSize: 5, minSamples: 2 });
    const asked = line(...data.subarray(100, 130));
    const { labels, probabilities } = await approximatePredict(model, asked, plainKernel());
    expect(labels).toEqual(model.result.labels.subarray(100, 130));
    expect(probabilities).toEqual(model.result.probabilities.subarray(100, 130));
  });

  it('takes core distances from the result', async () => {
    const model = await fitted(clumps('core', 90, 2), { minClusterSize: 4, minSamples: 3 });
    const { coreDistances, ...bare } = model.result;
    const near = (i: number) =>
      Array.from({ length: 90 }, (__, j) => distance('euclidean', rowOf(model.points, i), rowOf(model.points, j)))
        .sort((a, b) => a - b)
        .at(3)!;
    expect([...coreDistances!]).toEqual(Array.from({ length: 90 }, (_, i) => near(i)));
    // Larger core distances than the true ones show that they are looked at.
    const asked = clumps('core new', 20, 2);
    const wrong = { ...bare, coreDistances: coreDistances!.map((core) => core * 9) };
    const given = await approximatePredict(model, asked, plainKernel());
    expect(await approximatePredict({ ...model, result: wrong }, asked, plainKernel())).not.toEqual(given);
    await expect(approximatePredict({ ...model, result: bare }, asked, plainKernel())).rejects.toThrow(/has none/);
  });

  it('does not depend on what else is asked', async () => {
    const model = await fitted(clumps('alone', 90, 2), { minClusterSize: 4, minSamples: 3 });
    const asked = clumps('alone new', 12, 2);
    const together = await approximatePredict(model, asked, plainKernel());
    for (let i = 0; i < asked.rows; i++) {
      const alone = await approximatePredict(model, takeRows(asked, [i]), plainKernel());
      expect([alone.labels[0], alone.probabilities[0], alone.outlierScores[0]]).toEqual([
        together.labels[i],
        together.probabilities[i],
        together.outlierScores[i],
      ]);
    }
  });

  it('leaves out clustered rows that are not finite, and says −1 where there are none', async () => {
    const values = [Number.NaN, 0, 1, 2, Infinity, 20, 22, 24, 54];
    const model = await fitted(line(...values), { minClusterSize: 3, minSamples: 1 });
    const { labels } = await approximatePredict(model, line(1.25, 10, 40, -100), plainKernel());
    expect([...labels]).toEqual([0, 0, 1, -1]);
    for (const points of [line(), line(3), line(3, Number.NaN)]) {
      const tiny = await fitted(points, { minClusterSize: 3 });
      const { labels, outlierScores } = await approximatePredict(tiny, line(3, 4), plainKernel());
      expect([...labels, ...outlierScores]).toEqual([-1, -1, 1, 1]);
    }
    expect((await approximatePredict(model, line(), plainKernel())).labels).toHaveLength(0);
  });

  it('holds new points to what the root asks where it is the one cluster', async () => {
    const options = { minClusterSize: 3, minSamples: 1, allowSingleCluster: true };
    const points = line(0, 1, 2, 4, 8);
    const ask = async (clusterSelectionEpsilon: number) =>
      (
        await approximatePredict(
          await fitted(points, { ...options, clusterSelectionEpsilon }),
          line(1.5, 6),
          plainKernel(),
        )
      ).labels;
    // Without ε only λ = 1 is enough; 6 is 2 away from its neighbours.
    expect([...(await ask(0))]).toEqual([0, -1]);
    expect([...(await ask(2.5))]).toEqual([0, 0]);
  });

  it('tells its progress, and stops when aborted', async () => {
    const calls: string[] = [];
    const progress = (label: string, total: number): Progress => ({
      advance: (steps = 1) => calls.push(`${label} ${steps} of ${total}`),
      end: () => calls.push('end'),
    });
    const points = line(0, 1, 2, 20, 22, 24, 54);
    const options = { minClusterSize: 3, minSamples: 1 };
    const { result } = await fitted(points, options);
    const clusterer = new Hdbscan(options, plainKernel(), quietHost({ progress }));
    expect([...(await clusterer.predict({ points, result }, line(1, 23))).labels]).toEqual([0, 1]);
    expect(calls).toEqual(['predicting 2 of 2', 'end']);
    const reason = new Error('enough');
    const host = quietHost({ signal: AbortSignal.abort(reason) });
    await expect(new Hdbscan(options, plainKernel(), host).predict({ points, result }, line(1))).rejects.toBe(reason);
  });

  it('refuses points of another shape', async () => {
    const model = await fitted(line(0, 1, 2), { minClusterSize: 3 });
    await expect(approximatePredict(model, zeros(2, 3), plainKernel())).rejects.toThrow(/1 columns.*2 × 3/);
    const other = { ...model, points: line(0, 1) };
    await expect(approximatePredict(other, line(1), plainKernel())).rejects.toThrow(/3 points that were clustered/);
  });
});
