import { dot, seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { clusteredClips, clusterSizes } from './clusteredClips.ts';

const shape = { rows: 1500, cols: 80, seed: 3, largest: 300, others: 60 };

describe('clustered clips', () => {
  const { points, labels, duplicateSet, reliability } = clusteredClips(shape);

  it('have unit rows, a fifth of noise and a cluster of the asked size', () => {
    for (let i = 0; i < shape.rows; i++) expect(dot(points, i, points, i)).toBeCloseTo(1, 5);
    const sizes = new Map<number, number>();
    for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    expect(sizes.get(-1)).toBe(300);
    expect(sizes.get(0)).toBe(300);
    for (const size of sizes.values()) expect(size).toBeGreaterThanOrEqual(10);
  });

  it('have copies that are copies, in one cluster, and pairs that are redundant without being copies', () => {
    const copies = Array.from(duplicateSet.keys()).filter((i) => duplicateSet[i]! >= 0 && duplicateSet[i] !== i);
    expect(copies.length).toBeGreaterThan(0.01 * shape.rows);
    for (const i of copies) {
      const first = duplicateSet[i]!;
      expect(dot(points, i, points, first)).toBeGreaterThanOrEqual(1 - 1e-4);
      expect(labels[i]).toBe(labels[first]);
      expect(duplicateSet[first]).toBe(first);
    }
    let redundant = 0;
    for (let i = 0; i < shape.rows; i++) {
      for (let j = i + 1; j < shape.rows; j++) {
        const needed = 0.98 * Math.max(reliability[i]!, reliability[j]!);
        const similarity = dot(points, i, points, j);
        if (similarity >= needed && similarity < 1 - 1e-4 && labels[i] === labels[j]) redundant++;
      }
    }
    expect(redundant).toBeGreaterThan(0.05 * shape.rows);
    expect(redundant).toBeLessThan(10 * shape.rows);
  });

  it('are the same for the same shape and others for another seed', () => {
    expect(clusteredClips(shape).points.data).toEqual(points.data);
    expect(clusteredClips({ ...shape, seed: 4 }).points.data).not.toEqual(points.data);
  });
});

it('sizes of clusters add up, and none is below ten', () => {
  for (let seed = 0; seed < 50; seed++) {
    const sizes = clusterSizes(seededRandom(seed), 2000 + seed, 500, 100);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2000 + seed);
    expect(sizes[0]).toBe(500);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
  }
});
