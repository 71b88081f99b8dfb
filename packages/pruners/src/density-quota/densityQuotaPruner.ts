import {
  type Host,
  numberOption,
  type PruneInput,
  type Pruner,
  parseOptions,
  type SimilarityKernel,
  softmax,
  z,
} from '@refrain/core';
import { byCentroid } from '../ranking/centroids.ts';
import { clustersToPrune } from '../ranking/clustersToPrune.ts';
import { fractionOption, noiseOption, type Ranking } from '../ranking/ranking.ts';
import { rankingPruner, type Workplace } from '../ranking/rankingPruner.ts';
import { ownFraction } from '../ranking/wantedCount.ts';
import { complexities } from './complexity.ts';
import { seatOrder } from './seats.ts';

/** The options of `density-quota`. */
export const densityQuotaOptions = z.object({
  fraction: fractionOption,
  temperature: numberOption((schema) => schema.positive())
    .default(0.5)
    .describe('how evenly clusters are kept: low favours complex clusters, high gives all the same number of clips'),
  whichToKeep: z
    .enum(['hard', 'easy'])
    .default('hard')
    .describe('keep the clips of a cluster that are least like its centroid (hard) or most like it (easy)'),
  noise: noiseOption,
});

type Options = z.output<typeof densityQuotaOptions>;

/**
 * Density-based pruning (Abbas, Rusak, Tirumala, Brendel, Chaudhuri & Morcos 2024, "Effective pruning of web-scale datasets based on complexity of
 * concept clusters"): each cluster gets a quota by the softmax of its complexity d_inter · d_intra over the temperature (0.5 is the default of
 * the authors' code), and within it the clips farthest from the centroid stay. Remove copies first: they make a cluster look dense. Removals are `unsupported`.
 */
export function densityQuotaPruner(options: Partial<Options>, kernel: SimilarityKernel, host?: Host): Pruner {
  const checked = parseOptions(densityQuotaOptions, options, 'pruner');
  const strategy = {
    name: 'density-quota',
    rank: (input: PruneInput, workplace: Workplace) => rank(input, checked, workplace),
  };
  return rankingPruner(strategy, kernel, host);
}

async function rank(input: PruneInput, options: Options, { kernel, signal }: Workplace): Promise<Ranking> {
  const { fraction, temperature, whichToKeep, noise } = options;
  const { clusters, fixed, least } = clustersToPrune(input, noise);
  const complexity = await complexities(input.embeddings, clusters, kernel, signal);
  const probabilities = softmax(complexity.map((value) => value / temperature));
  const waiting = clusters.map((members) => byCentroid(input.embeddings, members, whichToKeep).values());
  const sizes = clusters.map((members) => members.length);
  const seated = Array.from(seatOrder(probabilities, sizes), (cluster) => waiting[cluster]!.next().value!);
  const kept = Array.from(fixed.keys()).filter((clip) => fixed[clip]);
  const { own, decisions } = ownFraction(input, fraction);
  return {
    order: Uint32Array.from([...kept, ...seated]),
    own: Math.max(own, kept.length),
    least,
    decisions: { ...decisions, temperature, whichToKeep },
  };
}
