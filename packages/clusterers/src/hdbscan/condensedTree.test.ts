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

describe('equal merges', () => {
  // Points 0 … 8 in a row: three, two and four of them close together, these groups all 5 apart; point 9 at 5, too.
  const row = {
    from: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8),
    to: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
    weights: Float64Array.of(1, 1, 5, 2, 5, 1, 1, 1, 5),
  };

  it('are one merge, whose clusters come first, the largest of them before the others', () => {
    const { parents, children, lambdas, sizes } = condensedTree(singleLinkageTree(row, 10), 2);
    expect([...children]).toEqual([11, 12, 13, 9, 5, 6, 7, 8, 0, 1, 2, 3, 4]);
    expect([...parents]).toEqual([10, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 13, 13]);
    expect([...lambdas]).toEqual([0.2, 0.2, 0.2, 0.2, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5]);
    expect([...sizes.subarray(0, 4)]).toEqual([4, 3, 2, 1]);
  });

  it('let a cluster go on that is the only one large enough', () => {
    const { parents, children, clusterCount } = condensedTree(singleLinkageTree(row, 10), 4);
    expect(clusterCount).toBe(1);
    expect([...children]).toEqual([0, 1, 2, 3, 4, 9, 5, 6, 7, 8]);
    expect(new Set(parents)).toEqual(new Set([10]));
  });

  it('order clusters of one size by their first points', () => {
    const pairs = { from: Int32Array.of(0, 1, 2), to: Int32Array.of(1, 2, 3), weights: Float64Array.of(1, 5, 1) };
    const tree = singleLinkageTree(pairs, 4);
    expect([...condensedTree(tree, 2).children]).toEqual([5, 6, 0, 1, 2, 3]);
    expect([...condensedTree(tree, 2, { isBefore: (i, j) => i > j }).children]).toEqual([5, 6, 2, 3, 0, 1]);
  });

  it('come one by one for the reference', () => {
    const { parents, children } = condensedTree(singleLinkageTree(row, 10), 2, { ties: 'reference' });
    // 9 is joined last, then the four, then the two: 11 holds all but the four and 9.
    expect([...children].filter((child) => child > 9)).toEqual([11, 12, 13, 14]);
    expect([...parents].slice(0, 5)).toEqual([10, 10, 10, 11, 11]);
  });

  it('make no chain too long', () => {
    const count = 250_000;
    const long = { from: Int32Array.from({ length: count - 1 }, (_, i) => i), to: new Int32Array(0) };
    const edges = { ...long, to: long.from.map((i) => i + 1), weights: new Float64Array(count - 1).fill(1) };
    expect(condensedTree(singleLinkageTree(edges, count), 5).clusterCount).toBe(1);
    const falling = { ...edges, weights: edges.weights.map((_, i) => 1 + i) };
    expect(condensedTree(singleLinkageTree(falling, count), 5).clusterCount).toBe(1);
  });
});
