import { dot, onGrid, type PruneInput, seededRandom } from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';
import { plainKernel, prunerOf, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { coverage } from './coveragePruner.ts';

const coveragePruner = prunerOf(coverage);

const prune = (input: PruneInput, epsilon: number) => coveragePruner({ epsilon }, plainKernel()).prune(input);

/** Facility-location coverage of a cluster by the kept of its clips. */
function coverageOf({ embeddings }: PruneInput, members: Uint32Array, kept: readonly number[]): number {
  const greatest = Array.from(members, (clip) =>
    kept.includes(clip) ? 1 : Math.max(...kept.map((other) => onGrid(dot(embeddings, clip, embeddings, other)))),
  );
  return greatest.reduce((a, b) => a + b) / members.length;
}

describe('coverage', () => {
  it('begins at the centre, then takes the farthest clip, until the mean suffices', async () => {
    // Angles 0, 10, 60 and 90 have their centroid at about 39°: 60 is most like it. Farthest from 60 is 0, and then 90.
    const degrees = [0, 10, 60, 90];
    const input: PruneInput = {
      ids: degrees.map((angle) => `clip-${angle}`),
      embeddings: {
        data: Float32Array.from(degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)])),
        rows: 4,
        cols: 2,
      },
      clustering: { labels: new Int32Array(4), clusterCount: 1, probabilities: new Float32Array(4).fill(1) },
      random: seededRandom(0),
    };
    // Covered by 60: 0.5, 0.643, 1, 0.866, mean 0.752. With 0: 1, 0.985, 1, 0.866, mean 0.963. With 90: mean 0.996.
    const keptAt = async (epsilon: number) => Array.from((await prune(input, epsilon)).keep);
    expect(await keptAt(0.25)).toEqual([2]);
    expect(await keptAt(0.24)).toEqual([0, 2]);
    expect(await keptAt(0.04)).toEqual([0, 2]);
    expect(await keptAt(0.03)).toEqual([0, 2, 3]);
    expect(await keptAt(0)).toEqual([0, 1, 2, 3]);
  });

  it('reaches the coverage asked for in every cluster, and not with one clip less', async () => {
    const input = syntheticPruneInput({ clusters: 3 });
    for (const epsilon of [0.02, 0.1, 0.3]) {
      const { keep, removed } = await prune(input, epsilon);
      expect(removed.length).toBeGreaterThan(0);
      for (const members of clustersOf(input.clustering.labels).values()) {
        const kept = Array.from(members).filter((clip) => keep.includes(clip));
        expect(coverageOf(input, members, kept)).toBeGreaterThanOrEqual(1 - epsilon);
        // The clip that came last is the one that the others cover least: without it the coverage falls short.
        const least = Math.min(
          ...kept.map((one) =>
            coverageOf(
              input,
              members,
              kept.filter((clip) => clip !== one),
            ),
          ),
        );
        if (kept.length > 1) expect(least).toBeLessThan(1 - epsilon);
      }
    }
  });
});
