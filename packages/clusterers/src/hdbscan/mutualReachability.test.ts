import { seededRandom, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { emptyCandidates } from './candidateLists.ts';
import {
  coreDistances,
  mutualReachability,
  searchOutside,
  settledWeight,
  toMutualReachability,
} from './coreDistances.ts';
import { openSpace } from './metricSpace.ts';

const COUNT = 80;

async function randomSpace() {
  const random = seededRandom('reach');
  const points = zeros(COUNT, 2);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() ** 3;
  const component = Int32Array.from({ length: COUNT }, () => random.integer(4));
  return { space: await openSpace(points, 'euclidean', plainKernel()), component };
}

describe.each([0.4, 1, 3])('mutual reachability with alpha %f', (alpha) => {
  it('turns lists and bounds of distances into ones that hold for it', async () => {
    const { space } = await randomSpace();
    const cores = await coreDistances(space, 3, 6);
    const { core, lists } = cores;
    const reachability = mutualReachability(core, alpha);
    toMutualReachability(cores, reachability);
    for (let i = 0; i < COUNT; i++) {
      const listed = Array.from(lists.indices.subarray(i * 6, i * 6 + 6));
      for (let j = 0; j < COUNT; j++) {
        const weight = Math.max(core[i]!, core[j]!, space.distance(i, j) / alpha);
        const place = listed.indexOf(j);
        if (place >= 0) {
          expect(lists.atLeast[i * 6 + place]).toBeLessThanOrEqual(weight);
          expect(settledWeight(space, reachability, lists, i, i * 6 + place)).toBe(weight);
        } else if (j !== i) expect(lists.bounds[i]).toBeLessThanOrEqual(weight);
      }
    }
  });

  it.each([4, 9, COUNT])('searches other components with %i proposals, with bounds that hold', async (k) => {
    const { space, component } = await randomSpace();
    const { core } = await coreDistances(space, 3, 6);
    const lists = emptyCandidates(COUNT, 4);
    const rows = Uint32Array.of(70, 3, 20, 41, 42, 43);
    const reachability = mutualReachability(core, alpha);
    await searchOutside(space, reachability, lists, rows, component, k);
    for (const i of rows) {
      const weight = (j: number) => Math.max(core[i]!, core[j]!, space.distance(i, j) / alpha);
      const others = [...Array(COUNT).keys()].filter((j) => component[j] !== component[i]);
      const listed = Array.from(lists.indices.subarray(i * 4, i * 4 + 4));
      const settled = listed.map((_, place) => settledWeight(space, reachability, lists, i, i * 4 + place));
      expect(settled).toEqual(listed.map(weight));
      expect(Math.min(...settled)).toBe(Math.min(...others.map(weight)));
      const leftOut = others.filter((j) => !listed.includes(j)).map(weight);
      expect(lists.bounds[i]).toBeLessThanOrEqual(Math.min(...leftOut));
      // With every other point proposed the bound is the weight of the lightest left out.
      if (k === COUNT) expect(lists.bounds[i]).toBe(Math.min(...leftOut));
    }
  });
});
