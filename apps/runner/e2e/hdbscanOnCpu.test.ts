import { Hdbscan } from '@refrain/clusterers';
import { type Matrix, quietHost, readNpy, readNpyMatrix, seededRandom, shuffled, takeRows, zeros } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import { CpuKernel } from '@refrain/kernels';
import { describe, expect, it } from 'vitest';

interface GoldenCase {
  readonly name: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly error?: string;
}

// Packages of different kinds do not know each other, so the pair that users run, HDBSCAN on the cpu kernel, meets here. The
// clusterer's own tests compare everything else.
describeWithData('hdbscan-golden', 'HDBSCAN on the cpu kernel', () => {
  const cases = testDataJson<GoldenCase[]>('hdbscan-golden', 'cases.json').filter(
    ({ error, params }) => error === undefined && params.metric !== 'precomputed',
  );
  const numbers = async (name: string, what: string) =>
    Array.from(
      (await readNpy(testDataPath('hdbscan-golden', `${name}.${what}.npy`))).data as ArrayLike<number>,
      Number,
    );
  // On these the reference disagrees with itself about clusters: their README says to compare weights only.
  const weightsOnly = ['mix600_d64_alpha', 'mix600_d64_maxsize', 'identical_40_d8', 'grid144_ties_d2'];

  it('has its cases', () => expect(cases).toHaveLength(26));

  describe.each(cases)('$name', ({ name, params }) => {
    it('has the weights of the reference, and its labels on stable points', async () => {
      const { metric: _, ...said } = Object.fromEntries(
        Object.entries(params).map(([key, value]) => [
          key.replace(/_(.)/g, (__, letter: string) => letter.toUpperCase()),
          value,
        ]),
      );
      // The reference's minSamples is the size of the smallest cluster where nothing is said.
      const options = { minSamples: said.minClusterSize ?? 5, ...said };
      const { singleLinkageTree, labels } = await new Hdbscan({ ...options, ties: 'reference' }, new CpuKernel()).fit(
        await readNpyMatrix(testDataPath('hdbscan-golden', `${name}.X.npy`)),
      );
      const expected = (await numbers(name, 'slt')).filter((__, at) => at % 4 === 2);
      expect(singleLinkageTree.distances).toHaveLength(expected.length);
      for (const [at, weight] of expected.entries()) {
        const found = singleLinkageTree.distances[at]!;
        if (Number.isFinite(weight)) expect(Math.abs(found - weight)).toBeLessThanOrEqual(1e-9 + 1e-7 * weight);
        else expect(found).toBe(weight);
      }
      if (weightsOnly.includes(name)) return;
      const reference = await numbers(name, 'labels');
      const partner = new Map<number, number>();
      for (const [point, stable] of (await numbers(name, 'stable')).entries()) {
        if (!stable) continue;
        expect(partner.get(reference[point]!) ?? labels[point]!).toBe(labels[point]!);
        partner.set(reference[point]!, labels[point]!);
      }
      expect(new Set(partner.values()).size).toBe(partner.size);
      expect(partner.get(-1) ?? -1).toBe(-1);
    });
  });
});

describe('HDBSCAN on worker threads', () => {
  const points = clumps(5000, 64);
  const fit = (some: Matrix, workers: number) =>
    new Hdbscan({ minClusterSize: 8, minSamples: 8 }, new CpuKernel({}, quietHost({ workers }))).fit(some);

  it('finds the same on any number of threads, in any order of the points', async () => {
    const alone = await fit(points, 1);
    expect(alone.clusterCount).toBeGreaterThan(20);
    expect(alone.labels.filter((label) => label < 0).length).toBeGreaterThan(200);
    for (const workers of [2, 3]) {
      const order = shuffled(seededRandom(workers), points.rows);
      const together = await fit(takeRows(points, order), workers);
      expect(together.singleLinkageTree.distances).toEqual(alone.singleLinkageTree.distances);
      expect(together.labels).toEqual(Int32Array.from(order, (i) => alone.labels[i]!));
      expect(together.probabilities).toEqual(Float64Array.from(order, (i) => alone.probabilities[i]!));
      expect(together.outlierScores).toEqual(Float64Array.from(order, (i) => alone.outlierScores[i]!));
    }
  });
});

/** Clumps of different widths, points between them, and a copy of every twentieth point. */
function clumps(rows: number, cols: number): Matrix {
  const random = seededRandom('clumps');
  const points = zeros(rows, cols);
  for (let i = 0; i < rows; i++) {
    if (i % 20 === 19) {
      points.data.copyWithin(i * cols, (i - 10) * cols, (i - 9) * cols);
      continue;
    }
    const clump = i % 5 === 0 ? undefined : i % 47;
    const centre = seededRandom(clump ?? `point ${i}`);
    for (let k = 0; k < cols; k++) {
      const width = clump === undefined ? 0 : 0.05 + clump / 60;
      points.data[i * cols + k] = centre.uniform() + width * (random.uniform() - 0.5);
    }
  }
  return points;
}
