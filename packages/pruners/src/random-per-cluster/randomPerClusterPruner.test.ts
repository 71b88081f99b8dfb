import { seededRandom } from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { randomPerCluster } from './randomPerClusterPruner.ts';

const randomPerClusterPruner = prunerOf(randomPerCluster);

const input = () => syntheticPruneInput();
const prune = (seed: number, keepFraction: number) =>
  randomPerClusterPruner({}, plainKernel()).prune({ ...input(), random: seededRandom(seed), keepFraction });

describe('random-per-cluster', () => {
  it('keeps the share of every cluster, rounded up or down', async () => {
    for (const [seed, share] of [0.15, 0.3, 0.5, 0.9].entries()) {
      for (const { size, kept } of (await prune(seed, share)).clusters) {
        // The share at which the whole is cut differs from the one asked for by less than one clip in each cluster of all.
        expect(Math.abs(kept - share * size)).toBeLessThan(1.5);
      }
    }
  });

  it('keeps every clip equally often, in small clusters too', async () => {
    // Clusters of 1, 2 and 3 clips and many of 10.
    const sizes = [1, 2, 3, ...new Array<number>(5).fill(10)];
    const labels = Int32Array.from(sizes.flatMap((size, label) => new Array<number>(size).fill(label)));
    const clustering = { labels, clusterCount: sizes.length, probabilities: new Float32Array(labels.length).fill(1) };
    const embeddings = { data: new Float32Array(labels.length), rows: labels.length, cols: 1 };
    const ids = Array.from(labels, (_, i) => `clip-${String(i).padStart(2, '0')}`);
    const pruner = randomPerClusterPruner({ fraction: 0.3 }, plainKernel());
    const times = new Float64Array(labels.length);
    const draws = 400;
    for (let seed = 0; seed < draws; seed++) {
      const { keep } = await pruner.prune({ ids, embeddings, clustering, random: seededRandom(seed) });
      for (const clip of keep) times[clip]!++;
    }
    const share = Math.floor(0.3 * labels.length + 0.5) / labels.length;
    const spread = Math.sqrt(draws * share * (1 - share));
    for (const count of times) expect(Math.abs(count - draws * share)).toBeLessThan(5 * spread);
  });

  it('draws others for another seed', async () => {
    expect((await prune(1, 0.5)).keep).toEqual((await prune(1, 0.5)).keep);
    expect((await prune(1, 0.5)).keep).not.toEqual((await prune(2, 0.5)).keep);
  });
});
