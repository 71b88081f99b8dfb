import { type PruneInput, readNpy, seededRandom } from '@refrain/core';
import { describeWithData, plainKernel, prunerOf, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { firstSeventyPercent } from './firstSeventyPercentPruner.ts';

const firstSeventyPercentPruner = prunerOf(firstSeventyPercent);

interface SeedRun {
  readonly pruned_size: number;
  readonly parameters: { readonly min_cluster_size: number };
  readonly cluster_stats: Readonly<Record<string, { readonly original_size: number; readonly kept_size: number }>>;
}

/** Clips of the given clusters, in the order of the dataset, with ids of that order. */
function withLabels(labels: ArrayLike<number>): PruneInput {
  const count = labels.length;
  return {
    ids: Array.from({ length: count }, (_, i) => `clip-${String(i).padStart(6, '0')}`),
    // What is kept does not depend on the embeddings.
    embeddings: { data: new Float32Array(count).fill(1), rows: count, cols: 1 },
    clustering: {
      labels: Int32Array.from(labels),
      clusterCount: Array.from(labels).reduce((most, label) => Math.max(most, label), -1) + 1,
      probabilities: new Float32Array(count).fill(1),
    },
    random: seededRandom(0),
  };
}

const keptOf = async (labels: ArrayLike<number>, minClusterSize: number, keepFraction?: number) => {
  const input = { ...withLabels(labels), ...(keepFraction !== undefined && { keepFraction }) };
  return (await firstSeventyPercentPruner({ minClusterSize }, plainKernel()).prune(input)).keep;
};

describe('first-seventy-percent', () => {
  it('keeps the first seven of ten, three of three, and noise', async () => {
    // Cluster 0 has ten clips at the even places, cluster 1 three, noise the rest.
    const labels = [0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, -1, 0, -1, 0, -1, 0];
    expect(Array.from(await keptOf(labels, 3))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17]);
  });

  it('keeps the least cluster size where seven tenths are fewer, and rounds in floating point as the seed did', async () => {
    expect(await keptOf(new Int32Array(11), 10)).toHaveLength(10);
    expect(0.7 * 90).toBeLessThan(63);
    expect(await keptOf(new Int32Array(90), 10)).toHaveLength(62);
  });

  it('goes on from the end of every cluster for a wanted size', async () => {
    // Two clusters of ten, interleaved, and five of noise.
    const labels = Array.from({ length: 25 }, (_, i) => (i < 20 ? i % 2 : -1));
    expect(Array.from(await keptOf(labels, 2, 23 / 25))).not.toEqual(expect.arrayContaining([18, 19]));
    expect(Array.from(await keptOf(labels, 2, 9 / 25))).toEqual([0, 1, 2, 3, 20, 21, 22, 23, 24]);
  });

  it('draws half of a cluster above 5,000 clips at random', async () => {
    const keep = await keptOf(new Int32Array(5001), 10, 0.4999);
    expect(keep).toHaveLength(2500);
    expect(keep.filter((clip) => clip < 2500).length).toBeLessThan(1500);
  });
});

describeWithData('seed-runs', 'the runs that the seed repository has committed', () => {
  const statsOf = (run: string) => testDataJson<SeedRun>('seed-runs', run, 'metadata.json');

  it('are rebuilt from their cluster labels', async () => {
    const { parameters, cluster_stats, pruned_size } = statsOf('run_t1');
    const labels = Array.from((await readNpy(testDataPath('seed-runs', 'run_t1', 'cluster_labels.npy'))).data, Number);
    const theirs = Array.from((await readNpy(testDataPath('seed-runs', 'run_t1', 'indices_to_keep.npy'))).data, Number);
    const ours = Array.from(await keptOf(labels, parameters.min_cluster_size));
    expect(ours).toHaveLength(pruned_size);
    const large = Object.keys(cluster_stats).filter((id) => id !== '-1' && cluster_stats[id]!.original_size > 5000);
    expect(large).toHaveLength(1);
    // Of the large cluster the seed draws at random with another generator: only its size can agree.
    const isLarge = (clip: number) => labels[clip] === Number(large[0]);
    expect(ours.filter((clip) => !isLarge(clip))).toEqual(
      theirs.filter((clip) => !isLarge(clip)).sort((a, b) => a - b),
    );
    expect(ours.filter(isLarge)).toHaveLength(theirs.filter(isLarge).length);
  });

  it('keep as many clips of each cluster where their labels are not known', async () => {
    const { parameters, cluster_stats } = statsOf('run_t05');
    const labels = Object.entries(cluster_stats).flatMap(([id, { original_size }]) =>
      new Array<number>(original_size).fill(Number(id)),
    );
    const keep = await keptOf(labels, parameters.min_cluster_size);
    const kept = new Map<number, number>();
    for (const clip of keep) kept.set(labels[clip]!, (kept.get(labels[clip]!) ?? 0) + 1);
    expect(kept).toEqual(new Map(Object.entries(cluster_stats).map(([id, { kept_size }]) => [Number(id), kept_size])));
  });
});
