import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../npy/read.ts';
import { describeWithData, testDataJson, testDataPath } from '../testing/testData.ts';
import { jensenShannonDivergence, targetDistribution } from './divergence.ts';

interface GoldenPair {
  readonly name: string;
  readonly p: number[];
  readonly q: number[];
  readonly divergence_bits_exact: number | string;
}

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true })), {
  minLength: 1,
  maxLength: 20,
});
const distributionPair = fc
  .tuple(weights, weights)
  .map(([p, q]) => [p.slice(0, q.length), q.slice(0, p.length)] as const)
  .filter(([p, q]) => p.some((weight) => weight > 0) && q.some((weight) => weight > 0));

describe('jensenShannonDivergence', () => {
  it('is 0 for equal distributions, whatever their scale, and 1 for disjoint ones', () => {
    expect(jensenShannonDivergence([1, 2, 3], [2, 4, 6])).toBe(0);
    expect(jensenShannonDivergence([3, 0], [0, 5])).toBe(1);
  });

  it('is, for a half-overlapping pair, what the definition gives by hand', () => {
    // P = (1, 0), Q = (½, ½), M = (¾, ¼): ½·log₂(4/3) + ½·(½·log₂(2/3) + ½·log₂ 2).
    const byHand = 0.5 * Math.log2(4 / 3) + 0.25 * Math.log2(2 / 3) + 0.25;
    expect(jensenShannonDivergence([1, 0], [1, 1])).toBeCloseTo(byHand, 15);
  });

  it('keeps its digits when the distributions nearly agree', () => {
    // To second order the divergence is Σ (p−q)²/(p+q)/4 nats; the next term is smaller by ε².
    const epsilon = 1e-9;
    const expected = (2 * epsilon ** 2) / 4 / Math.LN2;
    const found = jensenShannonDivergence(
      [0.5 + epsilon / 2, 0.5 - epsilon / 2],
      [0.5 - epsilon / 2, 0.5 + epsilon / 2],
    );
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-6);
  });

  it('is symmetric and between 0 and 1', () => {
    fc.assert(
      fc.property(distributionPair, ([p, q]) => {
        const divergence = jensenShannonDivergence(p, q);
        expect(divergence).toBeGreaterThanOrEqual(0);
        expect(divergence).toBeLessThanOrEqual(1);
        expect(jensenShannonDivergence(q, p)).toBe(divergence);
      }),
    );
  });

  it.each([
    ['unequal lengths', [1, 2], [1], /equal lengths/],
    ['no bins', [], [], /sum/],
    ['all zeros', [0, 0], [1, 1], /sum/],
    ['a negative weight', [1, -1], [1, 1], /-1 at position 1/],
    ['NaN', [1, 1], [Number.NaN, 1], /NaN at position 0/],
    ['an infinite weight', [1, Infinity], [1, 1], /Infinity at position 1/],
  ])('refuses %s', (_, p, q, message) => expect(() => jensenShannonDivergence(p, q)).toThrow(message));
});

describeWithData('golden/jsd', 'jensenShannonDivergence against reference values', () => {
  const pairs = testDataJson<GoldenPair[]>('golden', 'jsd', 'pairs.json');

  it.each(pairs.map((pair) => [pair.name, pair] as const))('%s', (name, { p, q, divergence_bits_exact: exact }) => {
    if (typeof exact !== 'number') {
      expect(() => jensenShannonDivergence(p, q)).toThrow(RangeError);
      return;
    }
    const tolerance = name.startsWith('nearly equal') ? 1e-15 : 1e-14 + 1e-10 * exact;
    expect(Math.abs(jensenShannonDivergence(p, q) - exact)).toBeLessThanOrEqual(tolerance);
  });

  it('many rows against the targets between a distribution and the uniform one', async () => {
    const { t } = testDataJson<{ t: number[] }>('golden', 'jsd', 'rows.json');
    const golden = (name: string) => readNpy(testDataPath('golden', 'jsd', name));
    const [rows, p0, expected] = await Promise.all([
      golden('rows.npy'),
      golden('p0.npy'),
      golden('rows_divergence_bits.npy'),
    ]);
    for (let row = 0; row < rows.shape[0]!; row++) {
      const p = (rows.data as Float64Array).subarray(row * 64, (row + 1) * 64);
      for (const [column, value] of t.entries()) {
        const target = targetDistribution(value, p0.data as Float64Array);
        const difference = jensenShannonDivergence(p, target) - Number(expected.data[row * t.length + column]);
        expect(Math.abs(difference)).toBeLessThan(1e-14);
      }
    }
  });
});
