import { type CallableComponent, defineComponent, definePlugin, type OptionsSchema, type Pruner } from '@refrain/core';
import { coverageOptions, coveragePruner } from './coverage/coveragePruner.ts';
import { densityQuotaOptions, densityQuotaPruner } from './density-quota/densityQuotaPruner.ts';
import {
  firstSeventyPercentOptions,
  firstSeventyPercentPruner,
} from './first-seventy-percent/firstSeventyPercentPruner.ts';
import { JensenShannonPruner } from './jensen-shannon/jensenShannonPruner.ts';
import { jensenShannonOptions } from './jensen-shannon/options.ts';
import { RandomPruner, randomOptions } from './random/randomPruner.ts';
import { randomPerClusterOptions, randomPerClusterPruner } from './random-per-cluster/randomPerClusterPruner.ts';
import { randomStratifiedOptions, randomStratifiedPruner } from './random-stratified/randomStratifiedPruner.ts';
import { semdedupOptions, semdedupPruner } from './semdedup/semdedupPruner.ts';
import {
  similarityHistogramOptions,
  similarityHistogramPruner,
} from './similarity-histogram/similarityHistogramPruner.ts';

export { checkInput } from './input.ts';
export type { JensenShannonOptions } from './jensen-shannon/options.ts';
export { byCentroid, centroids, farthestFirst, type Traversal } from './ranking/orders.ts';
export { ownFraction, rankingPruner, wantedCount } from './ranking/rankingPruner.ts';
export { proveBySimilarity, removalsByNearest } from './ranking/removals.ts';
export {
  type ClustersToPrune,
  clustersToPrune,
  fractionOption,
  noiseOption,
  orderByScore,
  type Ranking,
  type RankingStrategy,
  type Removals,
  type Workplace,
} from './ranking/strategy.ts';
export {
  coveragePruner,
  densityQuotaPruner,
  firstSeventyPercentPruner,
  JensenShannonPruner,
  RandomPruner,
  randomPerClusterPruner,
  randomStratifiedPruner,
  semdedupPruner,
  similarityHistogramPruner,
};

const inject = ['kernel', 'host'] as const;
type PrunerComponent<Schema extends OptionsSchema> = CallableComponent<Pruner, Schema, typeof inject>;

export const jensenShannon: PrunerComponent<typeof jensenShannonOptions> = defineComponent({
  name: 'jensen-shannon',
  description: 'removes redundant clips, each with a similar kept one, towards a uniform distribution over groups',
  options: jensenShannonOptions,
  inject,
  create: (options, kernel, host) => new JensenShannonPruner(options, kernel, host),
});

export const semdedup: PrunerComponent<typeof semdedupOptions> = defineComponent({
  name: 'semdedup',
  description: 'removes clips more similar than 1 − epsilon to one before them in their cluster (Abbas et al. 2023)',
  options: semdedupOptions,
  inject,
  create: semdedupPruner,
});

export const similarityHistogram: PrunerComponent<typeof similarityHistogramOptions> = defineComponent({
  name: 'similarity-histogram',
  description: 'removes clips with a similar kept one until nearest-neighbour similarities are spread evenly',
  options: similarityHistogramOptions,
  inject,
  create: similarityHistogramPruner,
});

export const coverage: PrunerComponent<typeof coverageOptions> = defineComponent({
  name: 'coverage',
  description: 'keeps clips farthest first until they cover each cluster, as the later seed does',
  options: coverageOptions,
  inject,
  create: coveragePruner,
});

export const densityQuota: PrunerComponent<typeof densityQuotaOptions> = defineComponent({
  name: 'density-quota',
  description: 'keeps more of complex clusters than of dense ones (Abbas et al. 2024)',
  options: densityQuotaOptions,
  inject,
  create: densityQuotaPruner,
});

export const firstSeventyPercent: PrunerComponent<typeof firstSeventyPercentOptions> = defineComponent({
  name: 'first-seventy-percent',
  description: 'keeps the first 70 % of every cluster, as the seed really does',
  options: firstSeventyPercentOptions,
  inject,
  create: firstSeventyPercentPruner,
});

export const random: PrunerComponent<typeof randomOptions> = defineComponent({
  name: 'random',
  description: 'keeps a random subset: the baseline',
  options: randomOptions,
  inject,
  create: (options, kernel, host) => new RandomPruner(options, kernel, host),
});

export const randomPerCluster: PrunerComponent<typeof randomPerClusterOptions> = defineComponent({
  name: 'random-per-cluster',
  description: 'keeps the same share of every cluster at random',
  options: randomPerClusterOptions,
  inject,
  create: randomPerClusterPruner,
});

export const randomStratified: PrunerComponent<typeof randomStratifiedOptions> = defineComponent({
  name: 'random-stratified',
  description: 'keeps a random subset with the label distribution of the whole',
  options: randomStratifiedOptions,
  inject,
  create: randomStratifiedPruner,
});

export default definePlugin({
  pruner: [
    jensenShannon,
    semdedup,
    similarityHistogram,
    coverage,
    densityQuota,
    firstSeventyPercent,
    random,
    randomPerCluster,
    randomStratified,
  ],
});
