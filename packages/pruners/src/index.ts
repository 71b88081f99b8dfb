import { type CallableComponent, defineComponent, definePlugin, type Pruner } from '@refrain/core';
import { coverage } from './coverage/coveragePruner.ts';
import { densityQuota } from './density-quota/densityQuotaPruner.ts';
import { firstSeventyPercent } from './first-seventy-percent/firstSeventyPercentPruner.ts';
import { JensenShannonPruner } from './jensen-shannon/jensenShannonPruner.ts';
import { jensenShannonOptions } from './jensen-shannon/options.ts';
import { random } from './random/randomPruner.ts';
import { randomPerCluster } from './random-per-cluster/randomPerClusterPruner.ts';
import { randomStratified } from './random-stratified/randomStratifiedPruner.ts';
import { semdedup } from './semdedup/semdedupPruner.ts';
import { similarityHistogram } from './similarity-histogram/similarityHistogramPruner.ts';

export { checkInput } from './input.ts';
export type { JensenShannonOptions } from './jensen-shannon/options.ts';
export { farthestFirst, type Traversal } from './ranking/farthestFirst.ts';
export { byCentroid, centroids } from './ranking/orders.ts';
export { ownFraction, rankingComponent, rankingPruner, wantedCount } from './ranking/rankingPruner.ts';
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
  coverage,
  densityQuota,
  firstSeventyPercent,
  JensenShannonPruner,
  random,
  randomPerCluster,
  randomStratified,
  semdedup,
  similarityHistogram,
};

type JensenShannon = CallableComponent<Pruner, typeof jensenShannonOptions, readonly ['kernel', 'host']>;

/** The component `jensen-shannon`. */
export const jensenShannon: JensenShannon = defineComponent({
  name: 'jensen-shannon',
  description: 'removes redundant clips, each with a similar kept one, towards a uniform distribution over groups',
  options: jensenShannonOptions,
  inject: ['kernel', 'host'],
  create: (options, kernel, host) => new JensenShannonPruner(options, kernel, host),
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
