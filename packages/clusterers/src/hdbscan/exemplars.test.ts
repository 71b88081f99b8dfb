import type { Matrix } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { clusterFromTree } from './clusterFromTree.ts';
import { Hdbscan } from './hdbscan.ts';
import { hierarchyOptions } from './options.ts';
import { singleLinkageTree } from './singleLinkageTree.ts';
import { exemplars } from './softMembership.ts';

/** A chain of points whose neighbours lie these distances apart. */
function chain(weights: readonly number[]) {
  const from = Int32Array.from(weights, (_, i) => i);
  return singleLinkageTree({ from, to: from.map((i) => i + 1), weights: Float64Array.from(weights) }, from.length + 1);
}

// Two pairs 2 apart, (0 1) and (2 3), at distances 1/4 and 1/5; two more, (4 5) and (6 7 8), 2 apart; the fours are 10 apart.
const weights = [1 / 4, 2, 1 / 5, 10, 1 / 3, 2, 1 / 8, 1 / 2];

describe('exemplars', () => {
  it('are the points that last longest in each leaf under a chosen cluster', () => {
    // One cluster of four pairs' worth: its leaves (0 1), (2 3), (4 5) and (6 7 8), of which 8 leaves at λ = 2 and 6 and 7 at λ = 8.
    const options = hierarchyOptions.parse({ minClusterSize: 2, allowSingleCluster: true });
    const result = clusterFromTree(chain(weights), { ...options, clusterSelectionEpsilon: 20 });
    expect(result.selection.clusters).toEqual([0]);
    expect(exemplars(result).map((points) => [...points])).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  });

  it('are told apart by label', () => {
    const result = clusterFromTree(chain(weights), hierarchyOptions.parse({ minClusterSize: 2 }));
    const byLabel = exemplars(result);
    expect(byLabel).toHaveLength(result.clusterCount);
    expect(byLabel.map((points) => [...points]).sort((a, b) => a[0]! - b[0]!)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    byLabel.forEach((points, label) => {
      for (const point of points) expect(result.labels[point]).toBe(label);
    });
  });

  it('belong to the nearest cluster above them where one chosen cluster lies under another', () => {
    // (0 1) and (2 3) part at 1/2, below ε, and are merged upwards; those four part from (4 5) at exactly ε, which (4 5) survives.
    const tree = chain([1 / 4, 1 / 2, 1 / 4, 2, 1 / 4, 10, 1 / 4]);
    const options = hierarchyOptions.parse({ minClusterSize: 2, clusterSelectionMethod: 'leaf' });
    const result = clusterFromTree(tree, { ...options, clusterSelectionEpsilon: 2 });
    const { parents } = result.clusterTree;
    const [outer, , inner] = result.selection.clusters;
    expect(parents[inner!]).toBe(outer);
    expect(exemplars(result).map((points) => [...points])).toEqual([
      [0, 1, 2, 3],
      [6, 7],
      [4, 5],
    ]);
    expect([...result.labels]).toEqual([0, 0, 0, 0, 2, 2, 1, 1]);
  });

  it('are row numbers of all points, those left out too', async () => {
    const values = [Number.NaN, 0, 1, 2.5, Number.NaN, 20, 21, 22.5];
    const points: Matrix = { data: Float32Array.from(values), rows: 8, cols: 1 };
    const result = await new Hdbscan({ minClusterSize: 2, minSamples: 1 }, plainKernel()).fit(points);
    expect(exemplars(result).map((found) => [...found])).toEqual([
      [1, 2],
      [5, 6],
    ]);
  });

  it('are none where there is no cluster', () => {
    expect(exemplars(clusterFromTree(chain([1, 2]), hierarchyOptions.parse({})))).toEqual([]);
  });
});
