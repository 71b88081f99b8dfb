import { expect, it } from 'vitest';
import { clustersToPrune } from './strategy.ts';

const clustering = (labels: number[]) => ({
  labels: Int32Array.from(labels),
  probabilities: new Float32Array(labels.length),
  clusterCount: Math.max(...labels) + 1,
});

it('takes noise for one more cluster, or leaves it alone', () => {
  const input = { clustering: clustering([1, -1, 0, 1, -1]) };
  const pruned = clustersToPrune(input, 'prune');
  expect(pruned.clusters.map((members) => [...members])).toEqual([[0, 3], [1, 4], [2]]);
  expect(pruned.least.count).toBe(0);
  const kept = clustersToPrune(input, 'keep');
  expect(kept.clusters.map((members) => [...members])).toEqual([[0, 3], [2]]);
  expect([...kept.fixed]).toEqual([0, 1, 0, 0, 1]);
  expect(kept.least.count).toBe(2);
});

it('leaves clips alone that are too short to be compared, and no cluster empty', () => {
  const { clusters, fixed, least } = clustersToPrune(
    { clustering: clustering([0, 0, 1, -1]), excluded: Uint8Array.of(0, 1, 1, 1) },
    'prune',
  );
  expect(clusters.map((members) => [...members])).toEqual([[0]]);
  expect([...fixed]).toEqual([0, 1, 1, 1]);
  expect(least).toEqual({ count: 3, why: expect.stringContaining('too short') });
});
