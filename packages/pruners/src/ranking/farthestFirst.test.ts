import { dot, type Matrix, onGrid, seededRandom, takeRows, zeros } from '@refrain/core';
import { plainKernel, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { farthestFirst } from './farthestFirst.ts';

const workplace = { kernel: plainKernel(), signal: new AbortController().signal };

/** Gonzalez' traversal, clip after clip: one similarity for each pair. */
function plainly(embeddings: Matrix, members: Uint32Array) {
  const nearest = new Float64Array(members.length).fill(-Infinity);
  const order: number[] = [];
  const similarity: number[] = [];
  const coverage: number[] = [];
  const open = new Set(members.keys());
  while (open.size > 0) {
    let next = -1;
    for (const member of open) if (next < 0 || nearest[member]! < nearest[next]!) next = member;
    const total = [...open].reduce((sum, member) => sum + nearest[member]!, order.length);
    coverage.push(total / members.length);
    order.push(members[next]!);
    similarity.push(nearest[next]!);
    open.delete(next);
    for (const member of open) {
      const value = onGrid(dot(embeddings, members[member]!, embeddings, members[next]!));
      nearest[member] = Math.max(nearest[member]!, value);
    }
  }
  return { order, similarity, coverage };
}

async function expectPlain(embeddings: Matrix, members: Uint32Array, candidates?: number): Promise<void> {
  const { order, similarity, coverage } = await farthestFirst(embeddings, members, workplace, candidates);
  const expected = plainly(embeddings, members);
  expect(Array.from(order)).toEqual(expected.order);
  expect(Array.from(similarity)).toEqual(expected.similarity);
  for (const [step, value] of expected.coverage.entries()) if (step > 0) expect(coverage[step]).toBeCloseTo(value, 9);
  expect([similarity[0], coverage[0]]).toEqual([-Infinity, -Infinity]);
  expect(similarity).toEqual(similarity.slice().sort());
  expect(coverage).toEqual(coverage.slice().sort());
}

/** Unit rows around so many centres, on a coarse grid, so that many are equally far from each other; every fifth is a copy and two are zero. */
function clumps(rows: number, cols: number, centres: number): Matrix {
  const random = seededRandom(`${rows} in ${centres}`);
  const points = zeros(rows, cols);
  const means = Array.from({ length: centres }, () => Array.from({ length: cols }, () => random.uniform() - 0.5));
  for (let row = 2; row < rows; row++) {
    const spread = means[row % centres]!.map((mean) => Math.round((mean + 0.3 * (random.uniform() - 0.5)) * 20));
    const length = Math.hypot(...spread);
    if (length > 0)
      points.data.set(
        spread.map((value) => value / length),
        row * cols,
      );
  }
  return takeRows(
    points,
    Array.from({ length: rows }, (_, row) => (row % 5 === 4 ? row - 2 : row)),
  );
}

describe('farthestFirst', () => {
  it('takes the clip least like all before it, ties to the earlier one, and says how like', async () => {
    const { embeddings, ids } = syntheticPruneInput();
    await expectPlain(embeddings, Uint32Array.from(ids.keys()).reverse());
  });

  it.each([
    [1, 16],
    [7, 16],
    [7, 300],
    [150, 1],
  ])('does so where not all are compared at once: %d clumps, %d candidates', async (centres, candidates) => {
    const members = Uint32Array.from({ length: 480 }, (_, i) => 479 - i);
    await expectPlain(clumps(500, 4, centres), members, candidates);
  });

  it('stops when told', async () => {
    const embeddings = { data: new Float32Array(4000), rows: 4000, cols: 1 };
    const members = Uint32Array.from({ length: 4000 }, (_, i) => i);
    await expect(farthestFirst(embeddings, members, { ...workplace, signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/,
    );
  });
});
