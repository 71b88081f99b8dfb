import { describe, expect, it } from 'vitest';
import { clusterFromDistances } from './clusterFromDistances.ts';

const line = [0, 1, 2, 20, 22, 24, 54];
const distances = Float64Array.from(line.flatMap((a) => line.map((b) => Math.abs(a - b))));

describe('HDBSCAN from distances', () => {
  it('clusters as it does from points', () => {
    const { labels, singleLinkageTree } = clusterFromDistances(distances, 7, { minClusterSize: 3, minSamples: 1 });
    expect([...labels]).toEqual([0, 0, 0, 1, 1, 1, -1]);
    expect([...singleLinkageTree.distances]).toEqual([1, 1, 2, 2, 18, 30]);
  });

  it('takes no point and one', () => {
    expect(clusterFromDistances(new Float64Array(0), 0).labels).toHaveLength(0);
    expect([...clusterFromDistances(new Float64Array(1), 1).labels]).toEqual([-1]);
  });

  it.each([
    ['a wrong size', Float64Array.of(0, 1, 1), /2 × 2 distances, got 3/],
    ['a negative distance', Float64Array.of(0, -1, -1, 0), /from 1 to 0 it is -1/],
    ['two ways that differ', Float64Array.of(0, 1, 2, 0), /it is 2, back 1/],
    ['a distance to itself', Float64Array.of(0, 1, 1, 3), /from 1 to 1 it is 3/],
    ['no number', Float64Array.of(0, Number.NaN, Number.NaN, 0), /it is NaN/],
  ])('refuses %s', (_, matrix, message) => {
    expect(() => clusterFromDistances(matrix, 2)).toThrow(message);
  });

  it('refuses options out of range', () => {
    expect(() => clusterFromDistances(distances, 7, { alpha: -1 })).toThrow(/hdbscan\.alpha/);
  });
});
