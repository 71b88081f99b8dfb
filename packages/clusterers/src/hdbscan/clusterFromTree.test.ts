import { describe, expect, it } from 'vitest';
import { clusterFromDistances } from './clusterFromDistances.ts';
import { withLeftOut } from './clusterFromTree.ts';

const line = [0, 1, 2, 20, 22, 24];
const distances = Float64Array.from(line.flatMap((a) => line.map((b) => Math.abs(a - b))));

describe('a result with rows left out', () => {
  it('has all rows, those left out as noise that no core distance reaches', () => {
    const result = clusterFromDistances(distances, 6, { minClusterSize: 3, minSamples: 1 });
    const all = withLeftOut(result, Uint32Array.of(1, 2, 3, 5, 6, 7), 8);
    expect([...all.labels]).toEqual([-1, 0, 0, 0, -1, 1, 1, 1]);
    expect([...all.outlierScores].map((score) => score === 1)).toEqual([
      true,
      ...new Array(3).fill(false),
      true,
      ...new Array(3).fill(false),
    ]);
    expect([...all.coreDistances!]).toEqual([Infinity, 1, 1, 1, Infinity, 2, 2, 2]);
    // The clusters are the same: their numbers are relative to the root.
    expect(all.clusterTree).toEqual(result.clusterTree);
    expect(all.condensedTree.parents.slice(0, 2)).toEqual(Int32Array.of(8, 8));
  });

  it('is the result itself where none is left out', () => {
    const result = clusterFromDistances(distances, 6);
    expect(withLeftOut(result, Uint32Array.of(0, 1, 2, 3, 4, 5), 6)).toBe(result);
  });
});
