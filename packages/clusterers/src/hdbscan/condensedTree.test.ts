import { describe, expect, it } from 'vitest';
import { condensedTree } from './condensedTree.ts';
import { singleLinkageTree } from './singleLinkageTree.ts';

// Points 0, 1, 2 within distance 1 and 2 of each other, 3 and 4 at distance 1, the groups 4 apart, point 5 at 8.
const edges = {
  from: Int32Array.of(5, 1, 3, 0, 2),
  to: Int32Array.of(4, 2, 4, 1, 3),
  weights: Float64Array.of(8, 2, 1, 1, 4),
};

describe('the single linkage tree', () => {
  it('merges by weight, equal weights by their ends', () => {
    const { left, right, distances, sizes } = singleLinkageTree(edges, 6);
    expect([...distances]).toEqual([1, 1, 2, 4, 8]);
    expect([...left]).toEqual([0, 3, 6, 8, 9]);
    expect([...right]).toEqual([1, 4, 2, 7, 5]);
    expect([...sizes]).toEqual([2, 2, 3, 5, 6]);
  });
});

describe('the condensed tree', () => {
  it('keeps splits into clusters and lets single points fall out', () => {
    const { parents, children, lambdas, sizes, clusterCount } = condensedTree(singleLinkageTree(edges, 6), 2);
    expect(clusterCount).toBe(3);
    expect([...children]).toEqual([5, 7, 8, 2, 3, 4, 0, 1]);
    expect([...parents]).toEqual([6, 6, 6, 7, 8, 8, 7, 7]);
    expect([...lambdas]).toEqual([1 / 8, 1 / 4, 1 / 4, 1 / 2, 1, 1, 1, 1]);
    expect([...sizes]).toEqual([1, 3, 2, 1, 1, 1, 1, 1]);
  });

  it('is one cluster where no split is large enough', () => {
    const { parents, children, clusterCount } = condensedTree(singleLinkageTree(edges, 6), 3);
    expect(clusterCount).toBe(1);
    expect([...parents]).toEqual([6, 6, 6, 6, 6, 6]);
    expect([...children].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
