import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { ancestors, type ClusterTree } from './condensedTree.ts';
import { mergeHeights } from './membershipWeights.ts';

/** A tree of random shape, a chain where `bushy` is 0, born ever later on the way down. */
function randomTree(seed: number, clusterCount: number, bushy: number): ClusterTree {
  const random = seededRandom(seed);
  const parents = new Int32Array(clusterCount).fill(-1);
  const births = new Float64Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) {
    const parent = Math.max(0, cluster - 1 - random.integer(1 + bushy));
    parents[cluster] = parent;
    // Whole numbers, so that births tie; children of one parent are born at once.
    births[cluster] = births[parent]! + ((parent * 7) % 3) + (parent === 0 ? 1 : 0);
  }
  const empty = new Float64Array(clusterCount);
  const none = new Int32Array(clusterCount);
  const rest = { firstChildren: none, childCounts: none, sizes: none, deaths: empty, stabilities: empty };
  return { clusterCount, parents, births, ...rest };
}

describe.each([0, 1, 5, 60])('a cluster tree of bushiness %i', (bushy) => {
  const tree = randomTree(bushy, 200, bushy);
  const { parents, births } = tree;
  const pathOf = (cluster: number): number[] => (cluster < 0 ? [] : [cluster, ...pathOf(parents[cluster]!)]);

  it('knows which ancestors were born before', () => {
    const { bornBefore } = ancestors(tree);
    for (let cluster = 0; cluster < 200; cluster++) {
      for (const lambda of [0, 1, births[cluster]! / 2, births[cluster]!, births[cluster]! + 1, Infinity]) {
        expect(bornBefore(cluster, lambda)).toBe(pathOf(cluster).find((one) => births[one]! < lambda) ?? 0);
      }
    }
  });

  it('knows where branches part', () => {
    const chosen = Array.from({ length: 200 }, (_, cluster) => cluster);
    const heightsOf = mergeHeights(tree, chosen);
    for (const cluster of [0, 3, 57, 120, 199]) {
      const path = pathOf(cluster);
      const expected = chosen.map((other) => {
        const others = pathOf(other);
        if (path.includes(other) || others.includes(cluster)) return Number.NaN;
        return births[others[others.findIndex((one) => path.includes(one)) - 1]!]!;
      });
      expect([...heightsOf(cluster)]).toEqual(expected);
    }
  });
});
