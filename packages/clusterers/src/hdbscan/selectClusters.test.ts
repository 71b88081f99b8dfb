import { describe, expect, it } from 'vitest';
import type { ClusterTree } from './condensedTree.ts';
import { type SelectionOptions, selectClusters } from './selectClusters.ts';

/** The root splits at distance 2 into 1 and 2, cluster 1 at distance 1 into 3 and 4, cluster 3 at distance 1/4 into 5 and 6. */
const tree: ClusterTree = {
  clusterCount: 7,
  parents: Int32Array.of(-1, 0, 0, 1, 1, 3, 3),
  firstChildren: Int32Array.of(1, 3, 0, 5, 0, 0, 0),
  childCounts: Int32Array.of(2, 2, 0, 2, 0, 0, 0),
  births: Float64Array.of(0, 0.5, 0.5, 1, 1, 4, 4),
  deaths: Float64Array.of(0.5, 1, 2, 4, 3, 9, 9),
  sizes: Int32Array.of(90, 60, 30, 40, 20, 25, 15),
  stabilities: Float64Array.of(45, 30, 45, 70, 20, 30, 30),
};

const select = (options: Partial<SelectionOptions>) =>
  selectClusters(tree, {
    clusterSelectionMethod: 'eom',
    clusterSelectionEpsilon: 0,
    allowSingleCluster: false,
    maxClusterSize: 0,
    ...options,
  });

describe('cluster selection', () => {
  it('by excess of mass takes what outweighs everything below it', () => {
    // 3 has 70 against 30 + 30; 1 has 30 against 70 + 20.
    expect(select({})).toEqual({ clusters: [2, 3, 4], stabilities: [45, 70, 20] });
  });

  it('by leaves takes what does not split', () => {
    expect(select({ clusterSelectionMethod: 'leaf' }).clusters).toEqual([2, 4, 5, 6]);
  });

  it('weighs a cluster against all its children', () => {
    // The root splits into 1 and 2, cluster 1 into three.
    const wide: ClusterTree = {
      clusterCount: 6,
      parents: Int32Array.of(-1, 0, 0, 1, 1, 1),
      firstChildren: Int32Array.of(1, 3, 0, 0, 0, 0),
      childCounts: Int32Array.of(2, 3, 0, 0, 0, 0),
      births: Float64Array.of(0, 0.5, 0.5, 1, 1, 1),
      deaths: Float64Array.of(0.5, 1, 2, 4, 3, 9),
      sizes: Int32Array.of(90, 60, 30, 20, 20, 20),
      stabilities: Float64Array.of(45, 30, 45, 11, 10, 10),
    };
    const options = { clusterSelectionMethod: 'eom', clusterSelectionEpsilon: 0, maxClusterSize: 0 } as const;
    expect(selectClusters(wide, { ...options, allowSingleCluster: false }).clusters).toEqual([2, 3, 4, 5]);
    const heavy = { ...wide, stabilities: Float64Array.of(45, 31, 45, 11, 10, 10) };
    expect(selectClusters(heavy, { ...options, allowSingleCluster: false }).clusters).toEqual([1, 2]);
    expect(selectClusters(wide, { ...options, allowSingleCluster: true }).stabilities).toEqual([45, 11, 10, 10]);
  });

  it('does not take clusters above the size limit', () => {
    expect(select({ maxClusterSize: 30 }).clusters).toEqual([2, 4, 5, 6]);
    expect(select({ maxClusterSize: 40 }).clusters).toEqual([2, 3, 4]);
  });

  it.each([
    [0.2, [2, 4, 5, 6]],
    [0.5, [2, 3, 4]],
    // Born at exactly ε is not below it, nor is it above: 4 stays, 5 and 6 go up to 1. So does the Python package.
    [1, [1, 2, 4]],
    [1.5, [1, 2]],
    [3, [1, 2]],
  ])('merges leaves born below ε = %f', (clusterSelectionEpsilon, clusters) => {
    expect(select({ clusterSelectionMethod: 'leaf', clusterSelectionEpsilon }).clusters).toEqual(clusters);
  });

  it('takes the root only where that is allowed', () => {
    expect(select({ clusterSelectionEpsilon: 3, allowSingleCluster: true }).clusters).toEqual([0]);
    const heavy = { ...tree, stabilities: Float64Array.of(500, 30, 45, 70, 20, 30, 30) };
    const options = { clusterSelectionMethod: 'eom', clusterSelectionEpsilon: 0, maxClusterSize: 0 } as const;
    expect(selectClusters(heavy, { ...options, allowSingleCluster: true }).clusters).toEqual([0]);
    expect(selectClusters(heavy, { ...options, allowSingleCluster: false }).clusters).toEqual([2, 3, 4]);
  });
});
