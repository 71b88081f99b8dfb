import { describe, expect, it } from 'vitest';
import type { Clusterer, Clustering } from '../clusterer.ts';
import { type Matrix, takeRows, zeros } from '../matrix.ts';
import { seededRandom, shuffled } from '../random.ts';

/**
 * The contract of a clusterer as tests. `create` gives one whose options let it find three clusters of forty points,
 * e.g. k-means with k = 3, or HDBSCAN with clusters of at least ten points.
 */
export function testClusterer(create: () => Clusterer | Promise<Clusterer>): void {
  const cluster = async (points: Matrix) => {
    const before = points.data.slice();
    const clustering = await (await create()).cluster(points);
    expect(points.data, 'the embeddings must stay as they were').toEqual(before);
    expect(faultsOf(clustering, points.rows)).toEqual([]);
    return clustering;
  };

  describe('clusterer contract', () => {
    it('has a name', async () => {
      expect((await create()).name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    });

    it('finds well separated clusters', async () => {
      const { points, truth } = blobs();
      const { labels, clusterCount } = await cluster(points);
      expect(clusterCount).toBe(3);
      expect(adjustedRandIndex(labels, truth)).toBeGreaterThanOrEqual(0.98);
    });

    it('gives the same for the same points', async () => {
      const { points } = blobs();
      expect(await cluster(points)).toEqual(await cluster(points));
    });

    it('finds the same where scores are to be counted alongside', async () => {
      const { points } = blobs();
      const score = { scale: new Float64Array(points.rows).fill(1), offset: new Float64Array(points.rows) };
      const asked = { score, bins: 4, from: -2, to: 2, least: 1, most: 1000 };
      const { scores: _, ...clustering } = await (await create()).cluster(points, { scores: asked });
      expect(clustering).toEqual(await cluster(points));
    });

    it('does not see the order of the points', async () => {
      const { points } = blobs();
      const { labels } = await cluster(points);
      const order = shuffled(seededRandom('order'), points.rows);
      const permuted = await cluster(takeRows(points, order));
      expect(
        adjustedRandIndex(
          permuted.labels,
          order.map((i) => labels[i]! + 1),
        ),
      ).toBe(1);
      order.forEach((i, at) => {
        expect(permuted.labels[at]! < 0).toBe(labels[i]! < 0);
      });
    });

    it('makes rows that are not finite noise and leaves the others as they are without them', async () => {
      const { points } = blobs();
      const without = await cluster(points);
      const { data, cols } = takeRows(points, [5, ...Array.from({ length: points.rows }, (_, i) => i), 7, 9]);
      const rows = points.rows + 3;
      data[2] = Number.NaN;
      data.fill(Number.NaN, (rows - 2) * cols, (rows - 1) * cols);
      data[(rows - 1) * cols] = -Infinity;
      const { labels, probabilities } = await cluster({ data, rows, cols });
      expect([labels[0], labels[rows - 2], labels[rows - 1]]).toEqual([-1, -1, -1]);
      expect([probabilities[0], probabilities[rows - 2], probabilities[rows - 1]]).toEqual([0, 0, 0]);
      expect(labels.subarray(1, rows - 2)).toEqual(without.labels);
    });

    it.each([0, 1, 2, 3])('takes %i points', async (rows) => {
      const { labels } = await cluster(
        takeRows(
          blobs().points,
          Array.from({ length: rows }, (_, i) => i),
        ),
      );
      expect(labels).toHaveLength(rows);
    });

    it('takes points of which none is finite', async () => {
      const points = zeros(30, 4);
      points.data.fill(Number.NaN);
      const { labels, clusterCount } = await cluster(points);
      expect(clusterCount).toBe(0);
      expect(labels).toEqual(new Int32Array(30).fill(-1));
    });

    it.each([0, 1])('takes identical points of value %i', async (value) => {
      const points = zeros(50, 8);
      points.data.fill(value);
      await cluster(points);
    });

    it('keeps copies of a point in one cluster', async () => {
      const { points } = blobs();
      const { labels } = await cluster(takeRows(points, [...Array(points.rows).keys(), 3, 3, 50, 100]));
      expect([labels[120], labels[121], labels[122], labels[123]]).toEqual([
        labels[3],
        labels[3],
        labels[50],
        labels[100],
      ]);
    });

    it('refuses a matrix whose size does not fit', async () => {
      const clusterer = await create();
      await expect(async () => clusterer.cluster({ data: new Float32Array(5), rows: 3, cols: 2 })).rejects.toThrow(
        /6.*5/,
      );
    });
  });
}

/** What is wrong with a clustering of `count` points, in words. */
function faultsOf({ labels, clusterCount, probabilities, outlierScores }: Clustering, count: number): string[] {
  const faults: string[] = [];
  for (const [name, values] of Object.entries({ labels, probabilities, outlierScores: outlierScores ?? labels })) {
    if (values.length !== count) faults.push(`${values.length} ${name} for ${count} points`);
  }
  const isShare = (value: number) => value >= 0 && value <= 1;
  labels.forEach((label, i) => {
    if (label < -1 || label >= clusterCount) faults.push(`label ${label} of point ${i} with ${clusterCount} clusters`);
    if (!isShare(probabilities[i]!)) faults.push(`probability ${probabilities[i]} of point ${i}`);
    if (label === -1 && probabilities[i] !== 0) faults.push(`probability ${probabilities[i]} of noise point ${i}`);
    if (outlierScores && !isShare(outlierScores[i]!)) faults.push(`outlier score ${outlierScores[i]} of point ${i}`);
  });
  const inUse = new Set(labels).size - (labels.includes(-1) ? 1 : 0);
  if (inUse !== clusterCount) faults.push(`${clusterCount} clusters, but ${inUse} have points`);
  return faults;
}

/** Three clusters of forty points in sixteen dimensions, twenty times as far from each other as they are wide; interleaved. */
function blobs(): { points: Matrix; truth: Int32Array } {
  const random = seededRandom('blobs');
  const points = zeros(120, 16);
  for (let at = 0; at < points.data.length; at++) {
    const blob = Math.floor(at / 16) % 3;
    // The sum of four uniform numbers is near enough to normal.
    const near = random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2;
    points.data[at] = near * 0.05 + (at % 16 === blob ? 4 : 0);
  }
  return { points, truth: Int32Array.from({ length: 120 }, (_, i) => i % 3) };
}

/** The adjusted Rand index of two labellings (Hubert & Arabie 1985): 1 for equal partitions, about 0 by chance. Noise counts as a cluster. */
function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = (keys: (string | number)[]) => {
    const sizes = new Map<string | number, number>();
    for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
    return [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  };
  const [ofA, ofB] = [Array.from(a), Array.from(b)];
  const together = count(ofA.map((label, i) => `${label}/${ofB[i]}`));
  const [pairsA, pairsB] = [count(ofA), count(ofB)];
  const expected = (pairsA * pairsB) / ((ofA.length * (ofA.length - 1)) / 2);
  const most = (pairsA + pairsB) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}
