import {
  dot,
  type Matrix,
  numberOption,
  onGrid,
  type PruneInput,
  type SimilarityKernel,
  softmax,
  z,
} from '@refrain/core';
import { byCentroid, centroids } from '../ranking/orders.ts';
import { ownFraction, rankingComponent } from '../ranking/rankingPruner.ts';
import { clustersToPrune, fractionOption, noiseOption, type Ranking, type Workplace } from '../ranking/strategy.ts';

const densityQuotaOptions = z.object({
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
export const densityQuota = rankingComponent({
  name: 'density-quota',
  description: 'keeps more of complex clusters than of dense ones (Abbas et al. 2024)',
  options: densityQuotaOptions,
  strategy: (options) => ({ rank: (input, workplace) => rank(input, options, workplace) }),
});

async function rank(input: PruneInput, options: Options, { kernel, signal }: Workplace): Promise<Ranking> {
  const { fraction, temperature, whichToKeep, noise } = options;
  const { clusters, fixed, least } = clustersToPrune(input, noise);
  const complexity = await complexities(input.embeddings, clusters, kernel, signal);
  const probabilities = softmax(complexity.map((value) => value / temperature));
  const waiting = clusters.map((members) => byCentroid(input.embeddings, members, whichToKeep).values());
  const sizes = clusters.map((members) => members.length);
  const chosen = Array.from(quotaOrder(probabilities, sizes), (cluster) => waiting[cluster]!.next().value!);
  const kept = Array.from(fixed.keys()).filter((clip) => fixed[clip]);
  const { own, decisions } = ownFraction(input, fraction);
  return {
    order: Uint32Array.from([...kept, ...chosen]),
    own: Math.max(own, kept.length),
    least,
    decisions: { ...decisions, temperature, whichToKeep },
  };
}

/**
 * In which order clusters of the given sizes get places, so that after N places cluster j has about max(1, min(n_j, p_j·N + λ)) of them, with λ
 * such that they sum to N: the solution of min ½‖x − p·N‖² with Σx = N and 1 ≤ x_j ≤ n_j (Abbas et al. 2024, Table 4).
 * Every cluster has its first place before any has a second one; each place then goes to the cluster that is furthest below p_j·N, ties to the
 * higher p_j, then to the lower index. So places are never taken back, and their number is exact. Gives the cluster of each place.
 * Takes places × clusters steps.
 */
export function quotaOrder(probabilities: Float64Array, sizes: readonly number[]): Uint32Array {
  const places = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0));
  const ranked = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  places.set(ranked);
  const taken = new Uint32Array(sizes.length).fill(1);
  let open = ranked.filter((cluster) => sizes[cluster]! > 1);
  for (let place = ranked.length; place < places.length; place++) {
    let next = open[0]!;
    for (const cluster of open) {
      if (shortfall(cluster, place + 1) > shortfall(next, place + 1)) next = cluster;
    }
    places[place] = next;
    taken[next]!++;
    if (taken[next] === sizes[next]) open = open.filter((cluster) => cluster !== next);
  }
  return places;

  function shortfall(cluster: number, count: number): number {
    return probabilities[cluster]! * count - taken[cluster]!;
  }
}

/** Over how many of the nearest centroids d_inter is the mean. */
const NEIGHBOURS = 20;

/**
 * How complex each cluster is: d_inter · d_intra (Abbas et al. 2024, Table 5), with d_intra the mean cosine distance of its clips to the
 * centroid and d_inter the mean cosine distance of the centroid to the nearest 20 others. One cluster alone has complexity 0.
 */
export async function complexities(
  embeddings: Matrix,
  clusters: readonly Uint32Array[],
  kernel: SimilarityKernel,
  signal: AbortSignal,
): Promise<Float64Array> {
  const centres = centroids(embeddings, clusters);
  const inter = await distancesBetween(centres, kernel, signal);
  return inter.map((distance, cluster) => {
    const members = clusters[cluster]!;
    const total = members.reduce((sum, clip) => sum + 1 - onGrid(dot(embeddings, clip, centres, cluster)), 0);
    return (distance * total) / members.length;
  });
}

/** The mean cosine distance of each centroid to its nearest others. */
async function distancesBetween(centres: Matrix, kernel: SimilarityKernel, signal: AbortSignal): Promise<Float64Array> {
  const k = Math.min(NEIGHBOURS, centres.rows - 1);
  const mean = new Float64Array(centres.rows);
  if (k < 1) return mean;
  const points = await kernel.load(centres);
  try {
    const { indices } = await points.nearest({ k, signal });
    for (const [at, other] of indices.entries()) {
      const centre = Math.floor(at / k);
      mean[centre]! += (1 - onGrid(dot(centres, centre, centres, other))) / k;
    }
    return mean;
  } finally {
    await points.close();
  }
}
