import { type Matrix, type Progress, quietHost, rowOf, seededRandom, takeRows, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HdbscanModel, HdbscanResult } from './clusterFromTree.ts';
import { Hdbscan } from './hdbscan.ts';
import type { Metric } from './metricSpace.ts';
import { exemplars, type SoftMembership, softMembership } from './softMembership.ts';

async function fitted(points: Matrix, options: HdbscanModel['options']): Promise<HdbscanModel> {
  return { points, result: await new Hdbscan(options, plainKernel()).fit(points), options };
}

/** Clumps of points of different density, points between, and with `twins` some points twice. */
function clumps(seed: number | string, rows: number, cols: number, twins = false): Matrix {
  const random = seededRandom(seed);
  const points = zeros(rows, cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < cols; k++) {
      const spread = [0.5, 1, 1.5, 0.7, 12][i % 5]!;
      points.data[i * cols + k] = 2 + 4 * (((i % 5) >> k) & 1) + spread * (random.uniform() - 0.5);
    }
  }
  return twins
    ? takeRows(
        points,
        Array.from({ length: rows }, (_, i) => (i % 3 === 2 ? i - 1 : i)),
      )
    : points;
}

function distance(metric: Metric, a: Float32Array, b: Float32Array): number {
  const norm = (row: Float32Array) =>
    metric === 'cosine' ? 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) : 1;
  const [scaleA, scaleB] = [norm(a), norm(b)];
  let squared = 0;
  for (let k = 0; k < a.length; k++) squared += (a[k]! * scaleA - b[k]! * scaleB) ** 2;
  return metric === 'cosine' ? squared / 2 : Math.sqrt(squared);
}

/** Membership of one point in every cluster, in float64, by the sets of points under the clusters of the condensed tree. */
function membershipByHand({ points, result, options }: HdbscanModel, point: number): number[] {
  const { parents, children, lambdas, count } = result.condensedTree;
  const chosen = result.selection.clusters.map((cluster) => cluster + count);
  const rowsOf = (cluster: number) => [...parents.keys()].filter((row) => parents[row] === cluster);
  const under = (node: number): number[] =>
    node < count ? [node] : rowsOf(node).flatMap((row) => under(children[row]!));
  const lambdaOf = (node: number) => lambdas[children.indexOf(node)]!;
  const death = (cluster: number) => Math.max(...rowsOf(cluster).map((row) => lambdas[row]!));
  const lambdaMax = Math.max(...under(parents[children.indexOf(point)]!).map(lambdaOf));
  const height = (cluster: number): number => {
    if (under(cluster).includes(point)) return lambdaOf(point);
    let at = cluster;
    while (!under(at).includes(point)) at = parents[children.indexOf(at)]!;
    return lambdas[rowsOf(at).find((row) => under(children[row]!).includes(point))!]!;
  };
  const heights = chosen.map(height);
  const scores = heights.map((one) =>
    one === lambdaMax ? Infinity : lambdaMax === Infinity ? 1 : lambdaMax / (lambdaMax - one),
  );
  const best = Math.max(...scores);
  const byTree = scores.map((score) => (best === Infinity ? Number(score === Infinity) : Math.exp(score - best)));
  const nearest = exemplars(result).map((ones) =>
    Math.min(
      ...Array.from(ones, (one) => distance(options.metric ?? 'euclidean', rowOf(points, one), rowOf(points, point))),
    ),
  );
  const byDistance = nearest.map((d) => (nearest.includes(0) ? Number(d === 0) : 1 / d));
  const products = byTree.map((weight, label) => weight * byDistance[label]!);
  const sum = products.reduce((a, b) => a + b);
  const label = heights.indexOf(Math.max(...heights));
  const probability =
    heights[label] === Infinity ? 1 : heights[label]! / Math.max(death(chosen[label]!), lambdaOf(point));
  return products.map((product) => (product / sum) * probability);
}

/** The weights of a point as one number per cluster. */
function dense({ k, clusters, weights }: SoftMembership, point: number, clusterCount: number): number[] {
  const all = new Array<number>(clusterCount).fill(0);
  for (let at = point * k; at < point * k + k; at++) if (clusters[at]! >= 0) all[clusters[at]!] = weights[at]!;
  return all;
}

const models = fc.record({
  seed: fc.integer(),
  twins: fc.boolean(),
  metric: fc.constantFrom('euclidean' as const, 'cosine' as const),
  minSamples: fc.integer({ min: 1, max: 5 }),
  minClusterSize: fc.integer({ min: 3, max: 7 }),
  clusterSelectionMethod: fc.constantFrom('eom' as const, 'leaf' as const),
  allowSingleCluster: fc.boolean(),
});

describe('soft membership', () => {
  it('is what the formula says', async () => {
    let clusters = 0;
    await fc.assert(
      fc.asyncProperty(models, async ({ seed, twins, ...options }) => {
        const model = await fitted(clumps(seed, 60, 2, twins), options);
        const { clusterCount } = model.result;
        if (clusterCount === 0) return;
        clusters += clusterCount;
        const found = await softMembership(model, clusterCount, plainKernel());
        for (let point = 0; point < 60; point++) {
          const expected = membershipByHand(model, point);
          dense(found, point, clusterCount).forEach((weight, label) => {
            expect(Math.abs(weight - expected[label]!)).toBeLessThan(2e-4);
          });
        }
      }),
      { numRuns: 40 },
    );
    expect(clusters).toBeGreaterThan(80);
  });

  it('has weights of 0 … 1, heaviest first, that sum to 1 at most; fewer of them are the first of all', async () => {
    await fc.assert(
      fc.asyncProperty(models, async ({ seed, twins, ...options }) => {
        const model = await fitted(clumps(seed, 90, 3, twins), options);
        const { clusterCount, labels } = model.result;
        const all = await softMembership(model, clusterCount + 2, plainKernel());
        const two = await softMembership(model, 2, plainKernel());
        for (let point = 0; point < 90; point++) {
          const weights = all.weights.subarray(point * all.k, (point + 1) * all.k);
          const clusters = all.clusters.subarray(point * all.k, (point + 1) * all.k);
          expect(weights.every((weight, at) => weight >= 0 && (at === 0 || weight <= weights[at - 1]!))).toBe(true);
          expect(weights.reduce((a, b) => a + b, 0)).toBeLessThan(1 + 1e-6);
          expect(clusters.every((cluster, at) => cluster < 0 === (weights[at] === 0))).toBe(true);
          expect([...two.clusters.subarray(point * 2, point * 2 + 2)]).toEqual([...clusters.subarray(0, 2)]);
          expect([...two.weights.subarray(point * 2, point * 2 + 2)]).toEqual([...weights.subarray(0, 2)]);
          if (labels[point]! >= 0) expect(clusters).toContain(labels[point]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives exemplars to their cluster alone', async () => {
    await fc.assert(
      fc.asyncProperty(models, async ({ seed, twins, ...options }) => {
        const model = await fitted(clumps(seed, 90, 3, twins), options);
        const { clusters, weights } = await softMembership(model, 2, plainKernel());
        exemplars(model.result).forEach((points, label) => {
          for (const point of points) {
            expect([...clusters.subarray(point * 2, point * 2 + 2)]).toEqual([label, -1]);
            expect(weights[point * 2]).toBe(1);
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  it('names the cluster of the label first, for all points of probability 1 and nearly all others', async () => {
    const counts = { sure: 0, sureFirst: 0, labelled: 0, first: 0 };
    for (let seed = 0; seed < 20; seed++) {
      for (const clusterSelectionMethod of ['eom', 'leaf'] as const) {
        const model = await fitted(clumps(seed, 150, 3), { minClusterSize: 6, minSamples: 4, clusterSelectionMethod });
        const { labels, probabilities } = model.result;
        const { clusters } = await softMembership(model, 1, plainKernel());
        labels.forEach((label, point) => {
          if (label < 0) return;
          const isFirst = Number(clusters[point] === label);
          counts.labelled++;
          counts.first += isFirst;
          if (probabilities[point]! < 1) return;
          counts.sure++;
          counts.sureFirst += isFirst;
        });
      }
    }

    expect(counts.sureFirst).toBe(counts.sure);
    expect(counts.first / counts.labelled).toBeGreaterThan(0.99);
  });

  it('tells noise near a cluster from noise that is far from all', async () => {
    // Two clusters of λ 2 and 1 and two points of noise, 3 and 90 away.
    const values = [0, 0.5, 1, 1.5, 20, 21, 22, 23, 26, 113];
    const model = await fitted(
      { data: Float32Array.from(values), rows: 10, cols: 1 },
      { minClusterSize: 4, minSamples: 1 },
    );
    const { labels, clusterCount } = model.result;
    expect([clusterCount, labels[9]]).toEqual([2, -1]);
    const found = await softMembership(model, 2, plainKernel());
    const near = dense(found, 8, 2);
    const far = dense(found, 9, 2);
    expect(Math.max(...near)).toBeGreaterThan(5 * Math.max(...far));
    expect(near.indexOf(Math.max(...near))).toBe(labels[4]);
  });

  it('has none for rows that are left out, and nothing where there is no cluster', async () => {
    const data = Float32Array.of(0, 1, Number.NaN, 2, 20, 22, 24);
    const model = await fitted({ data, rows: 7, cols: 1 }, { minClusterSize: 3, minSamples: 1 });
    const { clusters, weights } = await softMembership(model, 1, plainKernel());
    expect([...clusters]).toEqual([0, 0, -1, 0, 1, 1, 1]);
    expect([...weights]).toEqual([1, 1, 0, 1, 1, 1, 1]);
    const none = await fitted({ data, rows: 7, cols: 1 }, { minClusterSize: 7 });
    expect([...(await softMembership(none, 1, plainKernel())).clusters]).toEqual(new Array(7).fill(-1));
  });

  it('takes points of infinite λ for what they are', async () => {
    // Five duplicates and points around them; five others of finite density.
    const values = [0, 0, 0, 0, 0, 1, 2, 30, 31, 32.5, 34, 36];
    const model = await fitted(
      { data: Float32Array.from(values), rows: 12, cols: 1 },
      { minClusterSize: 5, minSamples: 2 },
    );
    expect(model.result.clusterCount).toBe(2);
    const found = await softMembership(model, 2, plainKernel());
    expect(found.weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
    for (let point = 0; point < 5; point++) expect(dense(found, point, 2)[model.result.labels[0]!]).toBe(1);
  });

  it('tells its progress, stops when aborted, and refuses what makes no sense', async () => {
    const model = await fitted(clumps('host', 60, 2), { minClusterSize: 4, minSamples: 2 });
    let [done, ends] = [0, 0];
    const progress = (_: string, total: number): Progress => ({
      advance: (steps = 1) => {
        expect(total).toBe(60);
        done += steps;
      },
      end: () => {
        ends++;
      },
    });
    const clusterer = new Hdbscan(model.options, plainKernel(), quietHost({ progress }));
    const { points, result } = model;
    expect(await clusterer.softMembership({ points, result }, 2)).toEqual(
      await softMembership(model, 2, plainKernel()),
    );
    expect([done, ends]).toEqual([60, 1]);
    const reason = new Error('enough');
    const host = quietHost({ signal: AbortSignal.abort(reason) });
    await expect(softMembership(model, 2, plainKernel(), host)).rejects.toBe(reason);
    await expect(softMembership(model, 0, plainKernel())).rejects.toThrow(/k: expected a whole number ≥ 1, got 0/);
    const fewer: HdbscanResult = { ...result, labels: result.labels.subarray(1) };
    await expect(softMembership({ ...model, result: fewer }, 1, plainKernel())).rejects.toThrow(/59 points/);
  });
});
