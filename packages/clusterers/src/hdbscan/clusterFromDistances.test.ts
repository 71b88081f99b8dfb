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

  it('gives its core distances, too', () => {
    const { coreDistances } = clusterFromDistances(distances, 7, { minClusterSize: 3, minSamples: 2 });
    expect([...coreDistances!]).toEqual([2, 1, 2, 4, 2, 4, 32]);
  });

  it('sees the order of points in the numbers of clusters of one size only', () => {
    // Three pairs and three in a row, these groups all 9 apart; in another order the same are together.
    const places = [0, 1, 10, 11, 20, 21, 30, 31, 32];
    const order = [7, 3, 4, 8, 1, 0, 6, 2, 5];
    const labelsIn = (values: readonly number[]) => {
      const matrix = Float64Array.from(values.flatMap((a) => values.map((b) => Math.abs(a - b))));
      return clusterFromDistances(matrix, 9, { minClusterSize: 2, minSamples: 1 }).labels;
    };
    expect([...labelsIn(places)]).toEqual([1, 1, 2, 2, 3, 3, 0, 0, 0]);
    // Now the second pair comes first, then the third, then the first.
    expect([...labelsIn(order.map((i) => places[i]!))]).toEqual([0, 1, 2, 0, 3, 3, 0, 1, 2]);
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
