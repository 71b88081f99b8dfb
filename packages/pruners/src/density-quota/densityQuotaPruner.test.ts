import { type PruneInput, seededRandom } from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { complexities, densityQuota } from './densityQuotaPruner.ts';

const densityQuotaPruner = prunerOf(densityQuota);

// Three clusters of three in the plane, by angle: centroids at 0°, 90° and 180°, spreads of 10°, 30° and none.
const DEGREES = [-10, 0, 10, 60, 90, 120, 180, 180, 180];
const CLUSTERS = [Uint32Array.of(0, 1, 2), Uint32Array.of(3, 4, 5), Uint32Array.of(6, 7, 8)];

const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

function input(): PruneInput {
  const rows = DEGREES.map((angle) => [cosine(angle), cosine(angle - 90)]);
  return {
    ids: DEGREES.map((_, i) => `clip-${i}`),
    embeddings: { data: Float32Array.from(rows.flat()), rows: rows.length, cols: 2 },
    clustering: {
      labels: Int32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2),
      clusterCount: 3,
      probabilities: new Float32Array(9).fill(1),
    },
    random: seededRandom(0),
  };
}

describe('density-quota', () => {
  it('takes the distances to the centroid and between centroids for complexity', async () => {
    const found = await complexities(input().embeddings, CLUSTERS, plainKernel(), new AbortController().signal);
    // Cosine distances of the centroids: 1 from 0° to 90° and from 90° to 180°, 2 from 0° to 180°.
    const expected = [1.5 * (2 / 3) * (1 - cosine(10)), 1 * (2 / 3) * (1 - cosine(30)), 0];
    for (const [cluster, complexity] of found.entries()) expect(complexity).toBeCloseTo(expected[cluster]!, 5);
  });

  it('gives more to complex clusters the colder the softmax, and keeps the hardest clips', async () => {
    const keptAt = async (temperature: number, whichToKeep: 'hard' | 'easy') => {
      const pruner = densityQuotaPruner({ temperature, whichToKeep, fraction: 5 / 9 }, plainKernel());
      return Array.from((await pruner.prune(input())).keep);
    };
    // Cold: all of the second cluster, one of each other. Hard: 10° off the centroid; of equals the first.
    expect(await keptAt(0.005, 'hard')).toEqual([0, 3, 4, 5, 6]);
    expect(await keptAt(0.005, 'easy')).toEqual([1, 3, 4, 5, 6]);
    // Hot: as many of each, the odd ones to the more complex.
    expect(await keptAt(100, 'hard')).toEqual([0, 2, 3, 5, 6]);
  });

  it('keeps noise when told, and refuses to keep less', async () => {
    const one = syntheticPruneInput();
    const noise = Array.from(one.ids.keys()).filter((clip) => one.clustering.labels[clip]! < 0);
    const pruner = densityQuotaPruner({ noise: 'keep' }, plainKernel());
    const { keep } = await pruner.prune({ ...one, keepFraction: 0.4 });
    expect(Array.from(keep)).toEqual(expect.arrayContaining(noise));
    await expect(pruner.prune({ ...one, keepFraction: 0.1 })).rejects.toThrow(/noise/);
  });
});
