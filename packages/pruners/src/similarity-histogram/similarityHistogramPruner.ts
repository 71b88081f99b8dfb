import { numberOption, onGrid, type PruneInput, takeRows, z } from '@refrain/core';
import { rankingComponent } from '../ranking/rankingPruner.ts';
import { proveBySimilarity } from '../ranking/removals.ts';
import { clustersToPrune, noiseOption, orderByScore, type Ranking, type Workplace } from '../ranking/strategy.ts';
import { descend, inOrder, type Step, stepsOf } from './descend.ts';

const similarityHistogramOptions = z.object({
  t: numberOption((schema) => schema.min(0).max(1))
    .default(0.5)
    .describe(
      'how far the divergence of each cluster goes from what it is (0, keeps all) to the least it can be (1) where `keep` is not given; more removes more',
    ),
  threshold: numberOption((schema) => schema.gt(0).max(1))
    .default(0.95)
    .describe('the cosine to a kept clip from which a clip is redundant'),
  bins: numberOption((schema) => schema.int().min(2).max(2000))
    .default(200)
    .describe('bins of the histogram, of equal width over the cosines −1 to 1'),
  noise: noiseOption,
});

type Options = z.output<typeof similarityHistogramOptions>;

/**
 * Brings the histogram of nearest-neighbour similarities of each cluster towards the uniform distribution. Each kept clip counts in the bin of
 * its greatest similarity to another kept clip of the cluster. The target is uniform over the bins that all clips of the cluster occupy, and 0
 * elsewhere; the distance to it is the Jensen-Shannon divergence. Greedily, the clip goes whose removal leaves the least divergence, of equals
 * that with the most similar kept partner, then the first. While there are such, only clips go after which every removed clip, this one too, still has a kept one at `threshold` or above.
 *
 * With D₀ at the start and Dₘ the least of the descent, `t` stops each cluster at the first divergence of at most D₀ − t·(D₀ − Dₘ), so kept
 * sets are nested in `t`. A cluster whose histogram is uniform already loses nothing: all clips copies of each other are one occupied bin.
 * A wanted size goes on behind Dₘ, and then with the clips whose removal leaves the most similar partners, below `threshold` at last.
 * Silence has the similarity 0 to all. Memory grows with the size of a cluster, time with its square.
 */
export const similarityHistogram = rankingComponent({
  name: 'similarity-histogram',
  description: 'removes clips with a similar kept one until nearest-neighbour similarities are spread evenly',
  options: similarityHistogramOptions,
  strategy: (options) => ({
    rank: (input, workplace) => rank(input, options, workplace),
    remove: (input, isKept, workplace) => {
      const theta = input.keepFraction === undefined ? onGrid(options.threshold) : undefined;
      return proveBySimilarity(input, isKept, theta, workplace);
    },
  }),
});

async function rank(input: PruneInput, options: Options, workplace: Workplace): Promise<Ranking> {
  const { keepFraction, embeddings, ids } = input;
  const { t, bins, noise } = options;
  const threshold = onGrid(options.threshold);
  const { clusters, fixed, least } = clustersToPrune(input, noise);
  // No cluster loses more than all are to lose, and what no option asks for need not be ranked.
  const most = keepFraction === undefined ? 0 : Math.ceil((1 - keepFraction) * ids.length);
  const steps: Step[] = [];
  for (const members of clusters) {
    workplace.signal.throwIfAborted();
    const descent = await descend(takeRows(embeddings, members), { threshold, bins, most }, workplace);
    for (const step of stepsOf(descent, members)) steps.push(step);
  }
  const score = new Float64Array(ids.length).fill(-Infinity);
  for (const [place, { clip }] of inOrder(steps).entries()) score[clip] = -place;
  return {
    order: orderByScore(score, fixed),
    own: ids.length - steps.filter(({ goesAfter }) => goesAfter < t).length,
    // A cluster without a kept clip has no partner for those removed.
    least: { count: clusters.length + least.count, why: 'one clip of each cluster, and noise that is kept' },
    decisions: { ...(keepFraction === undefined ? { t } : { fraction: keepFraction }), bins, noise },
  };
}
