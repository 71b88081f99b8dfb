import { dot, type Matrix, quietHost, rowOf, seededRandom, takeRows, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { CpuKernel } from '@refrain/kernels';
import { describe, expect, it } from 'vitest';
import { projectClips } from './projection.ts';

/** Unit rows around `clusters` random directions. */
function clustered(clusters: number, clips: number, cols = 24): Matrix {
  const random = seededRandom(5);
  const centres = Array.from({ length: clusters }, () =>
    Float32Array.from({ length: cols }, () => random.uniform() - 0.5),
  );
  const matrix = zeros(clusters * clips, cols);
  for (let i = 0; i < matrix.rows; i++) {
    const row = rowOf(matrix, i);
    for (let k = 0; k < cols; k++) row[k] = centres[i % clusters]![k]! + 0.4 * (random.uniform() - 0.5);
    const length = Math.hypot(...row);
    for (let k = 0; k < cols; k++) row[k]! /= length;
  }
  return matrix;
}

/** Trustworthiness of `k` neighbours (Venna & Kaski 2001), 0…1: whether those that are near on the map are so in the space. */
function trustworthiness(points: Matrix, map: Matrix, k: number): number {
  const n = points.rows;
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    const others = [...Array(n).keys()].filter((j) => j !== i);
    const rank = new Map(
      [...others].sort((a, b) => dot(points, i, points, b) - dot(points, i, points, a)).map((j, at) => [j, at + 1]),
    );
    const [x, y] = rowOf(map, i);
    const far = (j: number) => Math.hypot(rowOf(map, j)[0]! - x!, rowOf(map, j)[1]! - y!);
    for (const j of others.sort((a, b) => far(a) - far(b)).slice(0, k)) penalty += Math.max(0, rank.get(j)! - k);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

const points = clustered(6, 25);

/** The map by a kernel with so many threads. */
async function mapBy(workers: number): Promise<Matrix> {
  const kernel = new CpuKernel({ threadsFrom: 1 }, quietHost({ workers }));
  return (await projectClips(points, kernel, quietHost()).finally(() => kernel.close()))!;
}

describe('the map of clips', () => {
  it('has near what is alike, far better than a random one, and is the same again with any number of threads', async () => {
    const map = await mapBy(1);
    expect([map.rows, map.cols]).toEqual([150, 2]);
    expect(map.data.every(Number.isFinite)).toBe(true);
    const random = seededRandom(1);
    const chance = { ...map, data: map.data.map(() => random.uniform()) };
    expect(trustworthiness(points, chance, 10)).toBeLessThan(0.6);
    expect(trustworthiness(points, map, 10)).toBeGreaterThan(0.9);
    expect(await mapBy(2)).toEqual(map);
  });

  it('shows copies, and all silence, at one point, however many there are', async () => {
    const copies = takeRows(
      points,
      Uint32Array.from({ length: 100 }, (_, i) => (i < 40 ? 3 : i)),
    );
    for (let i = 90; i < 100; i++) rowOf(copies, i).fill(0);
    const map = (await projectClips(copies, plainKernel(), quietHost()))!;
    const at = (i: number) => [...rowOf(map, i)];
    expect(at(39)).toEqual(at(0));
    expect(at(99)).toEqual(at(90));
    expect(at(40)).not.toEqual(at(0));
    expect(map.data.every(Number.isFinite)).toBe(true);
  });

  it('exists of four different clips', async () => {
    const four = takeRows(points, Uint32Array.of(0, 1, 2, 3));
    const map = await projectClips(four, plainKernel(), quietHost());
    expect(map!.data.every(Number.isFinite)).toBe(true);
    expect(new Set(map!.data).size).toBe(8);
  });

  it('does not exist of three', async () => {
    const three = takeRows(points, Uint32Array.of(0, 1, 2, 2, 2));
    expect(await projectClips(three, plainKernel(), quietHost())).toBeUndefined();
  });

  it('ends when it is interrupted, with the reason', async () => {
    const controller = new AbortController();
    const progress = () => ({ advance: () => controller.abort(new Error('enough')), end() {} });
    const host = { ...quietHost({ signal: controller.signal }), progress };
    await expect(projectClips(points, plainKernel(), host)).rejects.toThrow('enough');
  });
});
