import { definePlugin, dot, onGrid, z } from '@refrain/core';
import {
  centroids,
  clustersToPrune,
  fractionOption,
  noiseOption,
  orderByScore,
  ownFraction,
  proveBySimilarity,
  rankingComponent,
} from '@refrain/pruners';

/**
 * Keeps the clips that are farthest from the middle of their cluster (Sorscher et al. 2022, "Beyond neural scaling laws"). A pruner that ranks
 * clips need only say in which order they stay; any other is an object with a `name` and `prune(input)`.
 */
export const component = rankingComponent({
  name: 'my-pruner',
  description: 'keeps the clips that are farthest from the middle of their cluster',
  options: z.object({ fraction: fractionOption, noise: noiseOption }),
  strategy: ({ fraction, noise }) => ({
    rank(input) {
      const { clusters, fixed, least } = clustersToPrune(input, noise);
      const middles = centroids(input.embeddings, clusters);
      // The lowest stay longest. Decisions are taken on a grid, so that they do not hang on the last digits.
      const score = new Float64Array(input.ids.length);
      for (const [cluster, clips] of clusters.entries())
        for (const clip of clips) score[clip] = onGrid(dot(input.embeddings, clip, middles, cluster));
      return { order: orderByScore(score, fixed), least, ...ownFraction(input, fraction) };
    },
    // `refrain verify` holds every removal to the similarity that the least similar one reaches.
    remove: (input, isKept, workplace) => proveBySimilarity(input, isKept, undefined, workplace),
  }),
});

export default definePlugin({ pruner: [component] });
