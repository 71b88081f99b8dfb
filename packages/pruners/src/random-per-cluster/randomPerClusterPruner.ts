import { type PruneInput, shuffled, z } from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';
import { ownFraction, rankingComponent } from '../ranking/rankingPruner.ts';
import { fractionOption, orderByScore, type Ranking } from '../ranking/strategy.ts';

/**
 * Keeps the same share of every cluster, noise among them, at random: of n clips f·n, rounded up or down, `keepFraction` or else `fraction`
 * of all of them. Sampling is systematic with a random start in each cluster (Madow & Madow 1944): the clip drawn r-th, from 0, stays
 * while (r + u)/n is among the smallest such numbers, with one uniform u per cluster, so that small clusters are not rounded all one way.
 */
export const randomPerCluster = rankingComponent({
  name: 'random-per-cluster',
  description: 'keeps the same share of every cluster at random',
  options: z.object({ fraction: fractionOption }),
  strategy: ({ fraction }) => ({ rank: (input) => rank(input, fraction) }),
});

function rank(input: PruneInput, fraction: number): Ranking {
  const random = input.random.fork('random-per-cluster');
  const count = input.ids.length;
  // Drawn for all clips at once, so that nothing depends on how clusters are numbered.
  const priority = shuffled(random, count);
  const start = Float64Array.from(priority, () => random.uniform());
  const score = new Float64Array(count);
  for (const members of clustersOf(input.clustering.labels).values()) {
    const drawn = members.slice().sort((a, b) => priority[a]! - priority[b]!);
    for (const [place, clip] of drawn.entries()) score[clip] = (place + start[members[0]!]!) / members.length;
  }
  return { order: orderByScore(score), ...ownFraction(input, fraction) };
}
