import { type Matrix, quietHost, readNpyMatrix, rowOf, seededRandom, shuffled } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { CpuKernel } from '@refrain/kernels';
import { JensenShannonPruner } from '@refrain/pruners';
import { beforeAll, expect, it } from 'vitest';
import { trainSpace } from './space.ts';

describeWithData('embeddings', 'embeddings of whole clips, by the rule of scores alone', () => {
  let esc10: Matrix;
  beforeAll(async () => {
    esc10 = await readNpyMatrix(testDataPath('embeddings', 'esc10.mtat-musicnn.npy'));
  });

  /** How many clips go at t = 1. */
  async function removedOf(own: Matrix, space: 'whitened' | 'standardized' = 'whitened'): Promise<number> {
    const clips = Array.from({ length: own.rows }, (_, i) => ({
      clip: { id: `clip ${1000 + i}` },
      segments: { rows: 1, cols: own.cols, read: () => ({ data: rowOf(own, i), rows: 1, cols: own.cols }) },
    }));
    const { ids, embeddings } = await trainSpace(clips, { pooling: 'mean', space }, seededRandom(0));
    const labels = new Int32Array(own.rows);
    const clustering = { labels, clusterCount: 1, probabilities: new Float32Array(own.rows).fill(1) };
    const input = { ids, embeddings, clustering, random: seededRandom(1) };
    const { rule, removed } = await new JensenShannonPruner({ t: 1 }, new CpuKernel(), quietHost()).prune(input);
    expect(rule.kind).toBe('s-norm');
    return removed.length;
  }

  /** Every column in an order of its own: nothing that clips have in common is left, but what single numbers are like is. */
  function withoutStructure({ data, rows, cols }: Matrix, set: number): Matrix {
    const random = seededRandom(`set ${set}`);
    const mixed = new Float32Array(data.length);
    for (let column = 0; column < cols; column++) {
      for (const [row, from] of shuffled(random, rows).entries())
        mixed[row * cols + column] = data[from * cols + column]!;
    }
    return { data: mixed, rows, cols };
  }

  it('finds groups that it does not find in the standardised space', async () => {
    expect(await removedOf(esc10)).toBeGreaterThan(100);
    expect(await removedOf(esc10, 'standardized')).toBe(0);
  });

  it('finds one in at most 1 of 100 sets without structure', async () => {
    const found: number[] = [];
    for (let set = 0; set < 100; set++) if ((await removedOf(withoutStructure(esc10, set))) > 0) found.push(set);
    expect(found.length).toBeLessThanOrEqual(1);
  }, 120_000);
});
