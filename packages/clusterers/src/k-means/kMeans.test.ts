import { type Matrix, quietHost, readNpyMatrix } from '@refrain/core';
import { describeWithData, testClusterer, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { KMeans } from './kMeans.ts';

testClusterer(() => new KMeans({ k: 3 }));

const line = (...values: number[]): Matrix => ({ data: Float32Array.from(values), rows: values.length, cols: 1 });

describe('k-means', () => {
  it('parts two groups, numbered by the least point', async () => {
    const { labels, clusterCount, probabilities } = await new KMeans({ k: 2 }).cluster(line(9, 1, 2, 8, 0));
    expect([...labels]).toEqual([1, 0, 0, 1, 0]);
    expect(clusterCount).toBe(2);
    expect([...probabilities]).toEqual([1, 1, 1, 1, 1]);
  });

  it('makes no more clusters than there are different points', async () => {
    const { labels, clusterCount } = await new KMeans({ k: 7 }).cluster(line(5, 1, 5, 1, 1));
    expect([...labels]).toEqual([1, 0, 1, 0, 0]);
    expect(clusterCount).toBe(2);
  });

  it('makes √(n/2) clusters unless told', async () => {
    const points = line(...Array.from({ length: 50 }, (_, i) => Math.floor(i / 10) * 100 + (i % 10)));
    expect((await new KMeans().cluster(points)).clusterCount).toBe(5);
  });

  it('gives other clusters for another seed, where there is no best', async () => {
    const points = line(...Array.from({ length: 40 }, (_, i) => i));
    const seen = await Promise.all([...Array(8).keys()].map((seed) => new KMeans({ k: 6, seed }).cluster(points)));
    expect(new Set(seen.map(({ labels }) => labels.join())).size).toBeGreaterThan(1);
  });

  it.each([{ k: 0 }, { k: 2.5 }, { maxIterations: 0 }, { seed: -1 }])('refuses %j', (options) => {
    expect(() => new KMeans(options)).toThrow(new RegExp(`k-means\\.${Object.keys(options)[0]}`));
  });
});

describe('k-means and its host', () => {
  it('stops when the host says so', async () => {
    const reason = new Error('interrupted');
    const clusterer = new KMeans({ k: 2 }, quietHost({ signal: AbortSignal.abort(reason) }));
    await expect(clusterer.cluster(line(1, 2, 3))).rejects.toBe(reason);
  });
});

describeWithData('golden/cluster', 'k-means golden values', () => {
  it('finds the partition of scikit-learn where there is a clear best one', async () => {
    const golden = testDataJson<Record<string, { labels: number[] }>>('golden', 'cluster', 'kmeans.json');
    const points = await readNpyMatrix(testDataPath('golden', 'cluster', 'points_75x2_f64.npy'));
    const { labels } = await new KMeans({ k: 3 }).cluster(points);
    const pairs = golden.points_75x2!.labels.map((label, i) => `${label} is ${labels[i]}`);
    expect(new Set(pairs).size).toBe(3);
    expect(new Set(labels).size).toBe(3);
  });
});
