import { Hdbscan } from '@refrain/clusterers';
import { readNpy, readNpyMatrix } from '@refrain/core';
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
      const { metric: _, ...options } = Object.fromEntries(
        Object.entries(params).map(([key, value]) => [
          key.replace(/_(.)/g, (__, letter: string) => letter.toUpperCase()),
          value,
        ]),
      );
      const { singleLinkageTree, labels } = await new Hdbscan(options, new CpuKernel()).fit(
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
