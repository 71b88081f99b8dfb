import { dot, dots, type Matrix, type ScoreCount, type SimilarityKernel, seededRandom, zeros } from '@refrain/core';
import { withReductions } from '@refrain/core/reductions';
import { describe, expect, it } from 'vitest';
import { Hdbscan } from './hdbscan.ts';

// More than those whose similarities are held at once.
const ROWS = 2100;
const COLS = 6;

/** Rows of length 1, in ten clusters. */
function unitRows(): Matrix {
  const random = seededRandom('unit rows');
  const matrix = zeros(ROWS, COLS);
  for (let i = 0; i < ROWS; i++) {
    const row = matrix.data.subarray(i * COLS, (i + 1) * COLS);
    for (let k = 0; k < COLS; k++) row[k] = Math.sin(3 * (i % 10) + k) + random.uniform() - 0.5;
    const length = Math.sqrt(dot(matrix, i, matrix, i));
    for (let k = 0; k < COLS; k++) row[k]! /= length;
  }
  return matrix;
}

/** A kernel that computes inner products in plain loops, and rounds them to float32. */
const kernel: SimilarityKernel = {
  name: 'products',
  load: (points, measure = 'inner-product') =>
    withReductions(points, measure, async (matrix) => ({
      innerProducts: async (rows, cols, into) => {
        const columns = Uint32Array.from({ length: cols.end - cols.start }, (_, at) => cols.start + at);
        const found = new Float64Array(columns.length);
        for (let row = rows.start; row < rows.end; row++) {
          dots(matrix, row, columns, found);
          into.set(found, (row - rows.start) * columns.length);
        }
      },
      close: async () => {},
    })),
};

const random = seededRandom('scores');
const score = {
  scale: Float64Array.from({ length: ROWS }, () => 1 + random.uniform()),
  // Every seventh has none.
  offset: Float64Array.from({ length: ROWS }, (_, i) => (i % 7 === 3 ? Infinity : random.uniform())),
};
const asked: ScoreCount = { score, bins: 20, from: 0, to: 4, least: 3.2, most: 2_000_000 };

// Of cosines and lengths in float32, times the largest scales.
const ROUNDING = 1e-4;

describe('scores that are counted while HDBSCAN looks at all pairs', () => {
  it.each(['euclidean', 'cosine'] as const)('are those of the cosines (%s)', async (metric) => {
    const points = unitRows();
    const hdbscan = new Hdbscan({ minClusterSize: 20, metric }, kernel);
    const { scores, ...clustering } = await hdbscan.cluster(points, { scores: asked });
    expect(clustering).toEqual(await hdbscan.cluster(points));
    const listed = new Map<string, number>();
    const { i, j, similarity } = scores!.pairs!;
    for (const [at, one] of i.entries()) listed.set(`${one} ${j[at]}`, similarity[at]!);
    expect(listed.size).toBe(i.length);
    const counts = new Float64Array(asked.bins);
    let [surely, perhaps, atEdges] = [0, 0, 0];
    const wrong: string[] = [];
    const others = Uint32Array.from({ length: ROWS }, (_, at) => at);
    const cosines = new Float64Array(ROWS);
    for (let row = 0; row < ROWS; row++) {
      dots(points, row, others, cosines);
      for (let col = row + 1; col < ROWS; col++) {
        const exact = cosines[col]! * (score.scale[row]! + score.scale[col]!) - score.offset[row]! - score.offset[col]!;
        counts[Math.max(0, Math.min(asked.bins - 1, Math.floor(exact * 5)))]! += 1;
        if (Math.abs(exact * 5 - Math.round(exact * 5)) < 5 * ROUNDING) atEdges++;
        const found = listed.get(`${row} ${col}`);
        if (exact >= asked.least) surely++;
        if (exact >= asked.least - ROUNDING) perhaps++;
        if (exact >= asked.least ? found === undefined : found !== undefined && exact < asked.least - ROUNDING)
          wrong.push(`${row} ${col}: ${exact}`);
        if (found !== undefined && Math.abs(found - cosines[col]!) > 1e-5) wrong.push(`${row} ${col}: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(surely).toBeGreaterThan(1000);
    expect(listed.size).toBeGreaterThanOrEqual(surely);
    expect(listed.size).toBeLessThanOrEqual(perhaps);
    const differences = counts.map((count, bin) => Math.abs(count - scores!.counts[bin]!));
    expect(differences.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(2 * atEdges);
    expect(atEdges).toBeLessThan(5000);
  });

  it('are left where rows are not of length 1, and where all similarities are held at once', async () => {
    const points = unitRows();
    const hdbscan = new Hdbscan({ minClusterSize: 20 }, kernel);
    const few = { data: points.data.subarray(0, 300 * COLS), rows: 300, cols: COLS };
    expect((await hdbscan.cluster(few, { scores: asked })).scores).toBeUndefined();
    points.data[5] = 3;
    expect((await hdbscan.cluster(points, { scores: asked })).scores).toBeUndefined();
  });
});
