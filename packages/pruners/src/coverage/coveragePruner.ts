import { numberOption, z } from '@refrain/core';
import { farthestFirst } from '../ranking/farthestFirst.ts';
import { byCentroid } from '../ranking/orders.ts';
import { rankingComponent } from '../ranking/rankingPruner.ts';
import { clustersToPrune, noiseOption, orderByScore } from '../ranking/strategy.ts';

/**
 * The farthest-first subset that covers every cluster, the idea of the seed's last version (commit cb751f9), not its code. The coverage of a
 * cluster is the mean over its clips of the greatest similarity to a kept one (the facility-location objective: Cornuéjols, Fisher & Nemhauser
 * 1977). Clips are kept farthest first (Gonzalez 1985), beginning with the one most like the centroid, until it is 1 − ε. A wanted
 * size takes clips from whichever cluster is covered least. A mean guarantees no single clip a partner, so removals are `unsupported`.
 * Takes half the square of each cluster's size in similarities of the kernel, and the memory of a few tiles.
 */
export const coverage = rankingComponent({
  name: 'coverage',
  description: 'keeps clips farthest first until they cover each cluster, as the later seed does',
  options: z.object({
    epsilon: numberOption((schema) => schema.min(0).max(1))
      .default(0.05)
      .describe('how far the coverage of a cluster may fall below 1 where `keep` is not given; more removes more'),
    noise: noiseOption,
  }),
  strategy: ({ epsilon, noise }) => ({
    async rank(input, workplace) {
      const { clusters, fixed, least } = clustersToPrune(input, noise);
      const before = new Float64Array(input.ids.length).fill(-Infinity);
      for (const members of clusters) {
        const central = byCentroid(input.embeddings, members, 'easy');
        const { order, coverage } = await farthestFirst(input.embeddings, central, workplace);
        for (const [place, clip] of order.entries()) before[clip] = coverage[place]!;
      }
      return {
        order: orderByScore(before, fixed),
        own: before.reduce((count, coverage) => count + (coverage < 1 - epsilon ? 1 : 0), 0),
        least,
        decisions: input.keepFraction === undefined ? { epsilon } : { fraction: input.keepFraction },
      };
    },
  }),
});
