import { type Matrix, onGrid, readNpyMatrix, seededRandom } from '@refrain/core';
import { similarityOf } from '@refrain/core/pruning';
import { describeWithData, plainKernel, testDataJson, testDataPath } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearIdenticalPairs, pairsByColumns } from './nearPairs.ts';

/** Unit rows around an axis, the nearer the smaller `spread` is, of which every `step`-th nearly repeats another; the last one is silent. */
function rowsAround(count: number, cols: number, spread: number, step: number): Matrix {
  const { uniform } = seededRandom(`near pairs ${count} ${cols} ${spread} ${step}`);
  const data = new Float32Array(count * cols);
  for (let row = 0; row < count - 1; row++) {
    const copied = row % step === 0 && row > 0 ? Math.floor(row / 2) : undefined;
    const values = Array.from({ length: cols }, (_, k) =>
      copied === undefined
        ? (k === 0 ? 1 : 0) + spread * (uniform() - 0.5)
        : data[copied * cols + k]! + 0.002 * (uniform() - 0.5),
    );
    const length = Math.hypot(...values);
    data.set(
      values.map((value) => value / length),
      row * cols,
    );
  }
  return { data, rows: count, cols };
}

/** The same by looking at every pair. */
function allPairs(rows: Matrix, threshold: number, isCompared: readonly number[]) {
  const pairs = [];
  for (let i = 0; i < rows.rows; i++) {
    for (let j = i + 1; j < rows.rows; j++) {
      if (isCompared[i] === 0 || isCompared[j] === 0) continue;
      if (similarityOf(rows, i, j) >= onGrid(threshold)) pairs.push({ i, j });
    }
  }
  return pairs;
}

describe('near-identical pairs', () => {
  it('are those of every pair looked at, whoever looks', async () => {
    const spreads = fc.constantFrom(0.001, 0.01, 0.1, 1);
    const thresholds = fc.constantFrom(1, 1 - 1e-6, 1 - 1e-5, 1 - 1e-4, 0.999, 0.9, 0);
    const compared = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        spreads,
        thresholds,
        compared,
        async (count, cols, spread, threshold, isCompared) => {
          const rows = rowsAround(count, cols, spread, 5);
          const found = await nearIdenticalPairs(rows, plainKernel(), threshold, isCompared);
          expect(found).toEqual(allPairs(rows, threshold, isCompared));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are found without a kernel where rows differ, and with one where they hardly do', () => {
    const count = 6000;
    const apart = rowsAround(count, 64, 1, 100);
    // Each nearly repeats the one at half its place.
    expect(pairsByColumns(apart, 1 - 1e-4)!.length).toBeGreaterThanOrEqual(59);
    expect(pairsByColumns(rowsAround(count, 64, 0.0005, 100), 1 - 1e-4)).toBeUndefined();
    expect(pairsByColumns(apart, 0.2)).toBeUndefined();
  });
});

describeWithData('golden/cluster', 'pairs of near-identical clips against a reference', () => {
  const cases = testDataJson<Record<string, { kept: number[] }>>('golden', 'cluster', 'greedy_whole_set.json');

  it.each(Object.entries(cases))(
    'are those by which one clip after the other goes, at 1 − %s',
    async (epsilon, { kept }) => {
      const rows = await readNpyMatrix(testDataPath('golden', 'cluster', 'rows_500x64_f32.npy'));
      const threshold = 1 - Number(epsilon);
      const gone = new Set<number>();
      for (const { i, j } of await nearIdenticalPairs(rows, plainKernel(), threshold)) if (!gone.has(i)) gone.add(j);
      expect(Array.from({ length: rows.rows }, (_, i) => i).filter((i) => !gone.has(i))).toEqual(kept);
    },
  );
});
