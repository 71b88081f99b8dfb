import { median, readNpy, seededRandom } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { discoveryThresholdOfHistogram, normalTail, quantileOfHistogram } from './falseDiscovery.ts';

// The rule on the similarities themselves, which the histogram is compared with.

/** Which of several tests are significant. */
interface Discoveries {
  /** How many p-values are rejected. */
  readonly count: number;
  /** The largest rejected p-value; absent when none is. */
  readonly threshold?: number;
}

/** The usual bulk of similarities: a normal distribution. */
interface SimilarityNull {
  readonly mean: number;
  readonly sd: number;
}

/**
 * The step-up rule: rejects the k smallest p-values for the largest k with p₍ₖ₎ ≤ q·k/m.
 *
 * Benjamini & Hochberg 1995, "Controlling the false discovery rate", section 3.1.
 */
function benjaminiHochberg(pValues: ArrayLike<number>, q: number): Discoveries {
  const ascending = Float64Array.from(pValues).sort();
  for (let k = ascending.length; k >= 1; k--) {
    const p = ascending[k - 1]!;
    if (p <= (q * k) / ascending.length) return { count: k, threshold: p };
  }
  return { count: 0 };
}

/**
 * The bulk of `similarities` (at least one): μ is their median, σ is 1.4826 times the median of μ − s over those with s ≤ μ. Only the
 * lower half counts, so that redundant pairs, which are high, do not widen it.
 */
function similarityNull(similarities: ArrayLike<number>): SimilarityNull {
  const ascending = Float64Array.from(similarities).sort();
  const mean = median(ascending);
  const below = ascending.filter((similarity) => similarity <= mean).map((similarity) => mean - similarity);
  return { mean, sd: 1.4826 * median(below.sort()) };
}

/**
 * The lowest of `similarities` that is no chance: they are tested against their own bulk (`similarityNull`) with a false discovery rate
 * of `q`. +Infinity when none qualifies.
 */
function discoveryThreshold(similarities: ArrayLike<number>, q = 0.05): number {
  if (similarities.length === 0) return Infinity;
  const { mean, sd } = similarityNull(similarities);
  if (sd === 0) return Infinity;
  const descending = Float64Array.from(similarities).sort().reverse();
  const { count } = benjaminiHochberg(
    descending.map((similarity) => normalTail((similarity - mean) / sd)),
    q,
  );
  return count === 0 ? Infinity : descending[count - 1]!;
}

const BINS = 4096;

function histogramOf(similarities: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(BINS);
  for (const similarity of Array.from(similarities))
    counts[Math.min(BINS - 1, Math.floor(((similarity + 1) / 2) * BINS))]!++;
  return counts;
}

/** Sums of twelve uniform numbers, about normal, with a share of high ones. */
function bulkWithRedundancy(seed: number, count: number, redundant: number): Float64Array {
  const random = seededRandom(seed);
  const normal = () => Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b, -6);
  return Float64Array.from({ length: count }, (_, i) =>
    i < redundant ? 0.85 + 0.03 * normal() : 0.3 + 0.08 * normal(),
  );
}

describe('benjaminiHochberg', () => {
  it('rejects up to the last p-value under the line, also above ones that are over it', () => {
    // With m = 4, q = 0.2 the line is 0.05, 0.1, 0.15, 0.2: 0.06 is over it, 0.14 is under it again.
    expect(benjaminiHochberg([0.9, 0.14, 0.06, 0.07], 0.2)).toEqual({ count: 3, threshold: 0.14 });
  });

  it('counts equality as under, and rejects nothing when all are over', () => {
    expect(benjaminiHochberg([0.5], 0.5)).toEqual({ count: 1, threshold: 0.5 });
    expect(benjaminiHochberg([0.5, 0.9], 0.1)).toEqual({ count: 0 });
    expect(benjaminiHochberg([], 0.1)).toEqual({ count: 0 });
  });
});

describe('similarityNull', () => {
  it('is the median and 1.4826 times the median distance of the lower half', () => {
    // Median 3; distances below it 0, 1, 3: median 1. The high value does not widen it.
    expect(similarityNull([3, 0, 100, 2, 50])).toEqual({ mean: 3, sd: 1.4826 });
  });
});

describe('quantileOfHistogram', () => {
  it('spreads the similarities of a bin evenly over it', () => {
    // Bins of width 0.5 over −1…1: two similarities each in −0.5…0 and in 0…0.5.
    expect(quantileOfHistogram([0, 2, 2, 0], 1)).toBe(-0.25);
    expect(quantileOfHistogram([0, 2, 2, 0], 2)).toBe(0);
    expect(quantileOfHistogram([0, 2, 2, 0], 4)).toBe(0.5);
  });
});

describe('discoveryThresholdOfHistogram', () => {
  it('agrees with the list of similarities, to where the next one lies', () => {
    for (let seed = 0; seed < 40; seed++) {
      const similarities = bulkWithRedundancy(seed, 3000, 20 * (seed % 5));
      const exact = discoveryThreshold(similarities);
      const binned = discoveryThresholdOfHistogram(histogramOf(similarities));
      const above = (threshold: number) => similarities.filter((similarity) => similarity >= threshold).length;
      expect(Math.abs(above(binned) - above(exact))).toBeLessThanOrEqual(2);
    }
  });

  it('finds nothing in no similarities, in equal ones and in a bulk without an upper tail', () => {
    expect(discoveryThresholdOfHistogram(new Float64Array(BINS))).toBe(Infinity);
    expect(discoveryThresholdOfHistogram(histogramOf(new Float64Array(100).fill(0.5)))).toBe(Infinity);
    expect(discoveryThresholdOfHistogram(histogramOf(Float64Array.from({ length: 1000 }, (_, i) => i / 1000)))).toBe(
      Infinity,
    );
    expect(discoveryThreshold([])).toBe(Infinity);
    expect(discoveryThreshold([0.5, 0.5, 0.5])).toBe(Infinity);
  });
});

describeWithData('golden/stats', 'false discovery rate against reference values', () => {
  it('rejects what the reference rejects', () => {
    const sets = testDataJson<
      { name: string; p: number[]; results: { q: number; k: number; threshold: number | null }[] }[]
    >('golden', 'stats', 'benjamini_hochberg.json');
    for (const { name, p, results } of sets) {
      for (const { q, k, threshold } of results) {
        const expected = threshold === null ? { count: 0 } : { count: k, threshold };
        expect(benjaminiHochberg(p, q), `${name}, q = ${q}`).toEqual(expected);
      }
    }
  });

  it('puts the threshold of similarities where the reference does', async () => {
    const { data } = await readNpy(testDataPath('golden', 'stats', 'similarities.npy'));
    const similarities = data as Float64Array;
    const golden = testDataJson<{
      mu_median: number;
      sigma_lower_half: number;
      results: { q: number; k: number; threshold: number }[];
    }>('golden', 'stats', 'similarity_threshold.json');
    const { mean, sd } = similarityNull(similarities);
    expect(Math.abs(mean - golden.mu_median)).toBeLessThan(1e-12);
    expect(Math.abs(sd - golden.sigma_lower_half)).toBeLessThan(1e-12);
    for (const { q, k, threshold } of golden.results) {
      expect(discoveryThreshold(similarities, q)).toBe(threshold);
      const binned = discoveryThresholdOfHistogram(histogramOf(similarities), q);
      expect(Math.abs(binned - threshold)).toBeLessThanOrEqual(2 / BINS);
      expect(similarities.filter((similarity) => similarity >= binned)).toHaveLength(k);
    }
  });
});
