import { dot, type Matrix, onGrid, type SimilarityKernel, seededRandom, zeros } from '@refrain/core';
import { jensenShannonDivergence } from '@refrain/core/pruning';
import { plainKernel } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Descent, type DescentRule, descend } from './descend.ts';

const signal = new AbortController().signal;
const run = (rows: Matrix, rule: DescentRule, kernel = plainKernel()) => descend(rows, rule, { kernel, signal });

/** Unit rows in the directions given; a direction of zeros stays one. */
function unitRows(directions: readonly (readonly number[])[]): Matrix {
  const rows = zeros(directions.length, directions[0]?.length ?? 2);
  rows.data.set(directions.flatMap((one) => one.map((value) => value / (Math.hypot(...one) || 1))));
  return rows;
}

const atAngles = (degrees: readonly number[]) =>
  unitRows(degrees.map((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]));

/** A kernel that knows every coordinate to 0.005 only, and says how far off that may be. */
function coarseKernel(): SimilarityKernel {
  return {
    name: 'coarse',
    async load(points) {
      const data = points.data.map((value) => Math.round(value * 100) / 100);
      const loaded = await plainKernel().load({ ...points, data });
      const error = 0.005 * Math.sqrt(points.cols);
      return {
        count: loaded.count,
        // |x·y − x′·y′| ≤ |x||y − y′| + |y′||x − x′|
        tolerance: error + error * (1 + error) + 1e-6,
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

/** The definition, with everything worked out anew for each clip that could go. */
function byDefinition(rows: Matrix, { threshold, bins, most }: DescentRule): Pick<Descent, 'removed' | 'divergence'> {
  const all = Array.from({ length: rows.rows }, (_, row) => row);
  const similarity = all.map((i) => all.map((j) => onGrid(dot(rows, i, rows, j))));
  const nearest = (row: number, kept: readonly number[]) =>
    kept.reduce((best, other) => (other === row ? best : Math.max(best, similarity[row]![other]!)), -Infinity);
  const histogram = (kept: readonly number[]) => {
    const counts = new Array<number>(bins).fill(0);
    for (const row of kept) {
      const steps = 1e6 + Math.round(Math.max(-1, nearest(row, kept)) * 1e6);
      counts[Math.max(0, Math.min(bins - 1, Math.floor((steps * bins) / 2e6)))]! += 1;
    }
    return counts;
  };
  const target = histogram(all).map((count) => Math.sign(count));
  const divergence = [jensenShannonDivergence(histogram(all), target)];
  const removed: number[] = [];
  for (let kept = all; kept.length > 1; ) {
    const choices = kept.map((row) => {
      const left = kept.filter((other) => other !== row);
      const standsFor = removed.filter(
        (gone) => kept.find((k) => similarity[gone]![k] === nearest(gone, kept)) === row,
      );
      return {
        row,
        left,
        partner: Math.min(...[...removed, row].map((gone) => nearest(gone, left))),
        // What this removal itself leaves, whatever earlier ones did.
        own: Math.min(...[...standsFor, row].map((gone) => nearest(gone, left))),
      };
    });
    const open = choices.filter(({ partner }) => partner >= threshold);
    if ((open.length === 0 || divergence.at(-1)! < 1e-12) && removed.length >= most) break;
    // Lower is better.
    const costs =
      open.length > 0
        ? open.map(({ left }) => jensenShannonDivergence(histogram(left), target))
        : choices.map(({ partner }) => -partner);
    const least = Math.min(...costs);
    const equals = (open.length > 0 ? open : choices).filter((_, at) => costs[at]! <= least + 1e-12);
    const chosen = equals.reduce((best, one) => (one.own > best.own ? one : best));
    removed.push(chosen.row);
    kept = chosen.left;
    if (open.length > 0) divergence.push(least);
  }
  return { removed, divergence };
}

async function expectByDefinition(rows: Matrix, rule: DescentRule, kernel = plainKernel()): Promise<Descent> {
  const found = await run(rows, rule, kernel);
  const expected = byDefinition(rows, rule);
  expect(found.removed).toEqual(expected.removed);
  expect(found.divergence).toHaveLength(expected.divergence.length);
  for (const [at, value] of found.divergence.entries()) expect(value).toBeCloseTo(expected.divergence[at]!, 10);
  return found;
}

/** Clips scattered closely around some centres: many are redundant, many similarities are nearly equal. */
function clumps(seed: number, count: number, centres: number, spread: number): Matrix {
  const random = seededRandom(`clumps ${seed}`);
  const some = () => Array.from({ length: 4 }, () => random.uniform() - 0.5);
  const centre = Array.from({ length: centres }, some);
  return unitRows(
    Array.from({ length: count }, (_, i) => {
      const off = some();
      return centre[i % centres]!.map((value, k) => value + spread * off[k]!);
    }),
  );
}

describe('descend', () => {
  it('takes the clips that even the histogram out, and none that would leave one without a partner', async () => {
    // Nearest neighbours: 0°, 10° and 20° have 10° (cosine 0.985), 60° and 100° have 40° (0.766). Ten bins of 0.2: counts 2 and 3.
    // At θ = 0.98: without 0°, or 20°, each bin has 2, divergence 0. (Without 10° both have 20°, 0.940, in the same bin: the same, but 0° is
    // first.) Then 10° stands for 0° and must stay; without 20° the nearest to 10° is at 50° (0.643): all three in one bin of two.
    const rows = atAngles([0, 10, 20, 60, 100]);
    const { removed, similarity, divergence } = await run(rows, { threshold: 0.98, bins: 10, most: 2 });
    expect(removed).toEqual([0, 2]);
    expect(similarity).toEqual([0.984808, 0.984808]);
    // D((0.4, 0.6), (0.5, 0.5)), worked out by hand from ½Σp·log₂(p/m) + ½Σq·log₂(q/m).
    const before =
      (0.4 * Math.log2(0.4 / 0.45) +
        0.6 * Math.log2(0.6 / 0.55) +
        0.5 * Math.log2(0.5 / 0.45) +
        0.5 * Math.log2(0.5 / 0.55)) /
      2;
    // D((1, 0), (0.5, 0.5)).
    const last = (Math.log2(1 / 0.75) + 0.5 * Math.log2(0.5 / 0.75) + 0.5) / 2;
    expect(divergence).toHaveLength(3);
    for (const [at, expected] of [before, 0, last].entries()) expect(divergence[at]).toBeCloseTo(expected, 11);
    // Nothing can be below 0, so no more need go.
    expect((await run(rows, { threshold: 0.98, bins: 10, most: 0 })).removed).toEqual([0]);
  });

  it('goes on with the most similar partners where more are to go', async () => {
    const rows = atAngles([0, 10, 25, 60, 100]);
    // None reaches θ. 0° and 10° are nearest: 0° goes. Next 10°–25°, 15°: 10° would leave 0° to 25°, so 25° goes with 10° for it. Then 60° and 100°
    // are 40° apart: 60° goes. Last 10° and 100°: 100° leaves 60° at 50° from 10° and itself at 90°, 10° leaves 0° at 100° from 100°.
    const { removed, similarity, divergence } = await run(rows, { threshold: 0.99, bins: 10, most: 5 });
    expect(removed).toEqual([0, 2, 3, 4]);
    const cosines = [10, 15, 40, 90].map((angle) => Math.round(Math.cos((angle * Math.PI) / 180) * 1e6) / 1e6);
    for (const [at, cosine] of cosines.entries()) expect(similarity[at]).toBeCloseTo(cosine, 6);
    expect(divergence).toHaveLength(1);
    expect((await run(rows, { threshold: 0.99, bins: 10, most: 2 })).removed).toEqual([0, 2]);
  });

  it('removes nothing from no clip, one clip, copies and silence, unless told to', async () => {
    for (const count of [0, 1]) {
      const rows = unitRows(Array.from({ length: count }, () => [1, 0]));
      expect(await run(rows, { threshold: 0.9, bins: 10, most: 9 })).toEqual({
        removed: [],
        similarity: [],
        divergence: [0],
      });
    }
    const silence = unitRows(new Array(40).fill([0, 0]));
    expect((await run(silence, { threshold: 0.9, bins: 10, most: 0 })).removed).toEqual([]);
    const wanted = await run(silence, { threshold: 0.9, bins: 10, most: 3 });
    expect(wanted.removed).toEqual([0, 1, 2]);
    expect(wanted.similarity.every((similarity) => Math.abs(similarity) === 0)).toBe(true);
    // One occupied bin is uniform; the last copy has no neighbour, so it falls into another bin.
    const alike = unitRows(new Array(40).fill([3, 4]));
    expect((await run(alike, { threshold: 0.9, bins: 10, most: 0 })).removed).toEqual([]);
    const copies = await run(alike, { threshold: 0.9, bins: 10, most: 39 });
    expect(copies.removed).toEqual(Array.from({ length: 39 }, (_, i) => i));
    expect(copies.divergence).toEqual([...new Array(39).fill(0), 1]);
  });

  it('is the definition, for small clusters with copies and silence', async () => {
    const direction = fc.tuple(
      fc.integer({ min: -4, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(direction, { minLength: 2, maxLength: 14 }),
        fc.constantFrom(0.3, 0.8, 0.9, 0.98, 1),
        fc.constantFrom(2, 10, 40, 200),
        fc.nat(14),
        async (directions, threshold, bins, most) => {
          await expectByDefinition(unitRows(directions), { threshold, bins, most });
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    [90, 1, 0.2, 0.99],
    [90, 3, 0.5, 0.97],
    [90, 30, 0.2, 0.95],
    [70, 2, 1e-3, 0.9999],
  ])('is the definition where lists run out: %i clips around %i centres', async (count, centres, spread, threshold) => {
    const rows = clumps(centres, count, centres, spread);
    const { divergence } = await expectByDefinition(rows, { threshold, bins: 200, most: count });
    expect(divergence.length).toBeGreaterThan(10);
    await expectByDefinition(rows, { threshold, bins: 200, most: count }, coarseKernel());
  });

  it('stops where the work is aborted', async () => {
    const aborted = new AbortController();
    aborted.abort(new Error('stopped'));
    const work = descend(
      clumps(1, 50, 2, 0.2),
      { threshold: 0.9, bins: 200, most: 0 },
      { kernel: plainKernel(), signal: aborted.signal },
    );
    await expect(work).rejects.toThrow('stopped');
  });
});
