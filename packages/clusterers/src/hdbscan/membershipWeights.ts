import type { ClusterTree } from './condensedTree.ts';

/** Where a point leaves the tree, as far as its memberships need it. */
export interface PointLambdas {
  /** λ at which it leaves. */
  readonly lambda: number;
  /** λ_max: the largest λ in or under the cluster it leaves. */
  readonly lambdaMax: number;
}

/**
 * Writes to `weights` how much a point belongs to each cluster (McInnes, documentation of the Python `hdbscan` package, "How soft clustering for
 * HDBSCAN works"): 1 / distance to the nearest exemplar, times the softmax of λ_max / (λ_max − height), over the sum of these products, times
 * the probability of being in any cluster. That is height / max(death, λ) for the cluster of greatest height, so that it is 1 for points
 * of probability 1; the documentation has the largest λ under the cluster in place of this death.
 *
 * Quotients without a value have that of their limit: an exemplar at distance 0 takes all of the distance part, a height of λ_max all of the
 * other; several share it. Where these two name different clusters the distance decides.
 * `heights` as `mergeHeights` gives them, `deaths` of the chosen clusters; all arrays have one entry per cluster, of which there must be some.
 */
export function membershipWeights(
  weights: Float64Array,
  distances: Float64Array,
  heights: Float64Array,
  deaths: Float64Array,
  { lambda, lambdaMax }: PointLambdas,
): void {
  const count = weights.length;
  let nearest = 0;
  let best = -Infinity;
  let isAtExemplar = false;
  for (let label = 0; label < count; label++) {
    const height = heightOf(heights[label]!, lambda);
    if (height > heightOf(heights[nearest]!, lambda)) nearest = label;
    best = Math.max(best, heightScore(height, lambdaMax));
    if (distances[label] === 0) isAtExemplar = true;
  }
  let sum = 0;
  for (let label = 0; label < count; label++) {
    const score = heightScore(heightOf(heights[label]!, lambda), lambdaMax);
    const share = best === Infinity ? Number(score === Infinity) : Math.exp(score - best);
    weights[label] = share * closeness(distances[label]!, isAtExemplar);
    sum += weights[label]!;
  }
  if (sum === 0) {
    for (let label = 0; label < count; label++) {
      weights[label] = closeness(distances[label]!, isAtExemplar);
      sum += weights[label]!;
    }
  }
  const probability = share(heightOf(heights[nearest]!, lambda), Math.max(deaths[nearest]!, lambda));
  for (let label = 0; label < count; label++) weights[label]! *= probability / sum;
}

const heightOf = (height: number, lambda: number) => (Number.isNaN(height) ? lambda : height);

function heightScore(height: number, lambdaMax: number): number {
  if (height >= lambdaMax) return Infinity;
  return lambdaMax === Infinity ? 1 : lambdaMax / (lambdaMax - height);
}

function closeness(distance: number, isAtExemplar: boolean): number {
  return isAtExemplar ? Number(distance === 0) : 1 / distance;
}

function share(height: number, largest: number): number {
  if (height === largest) return largest > 0 ? 1 : 0;
  return height / largest;
}

/**
 * At which λ one cluster of a tree merges with each of the `chosen` ones, in their order: where their branches part. NaN where one is the other
 * or lies under it: then it depends on the point, and is the λ at which the point leaves. A call takes time in the number of clusters, and
 * writes to the array of the one before.
 */
export function mergeHeights(
  { clusterCount, parents, births }: ClusterTree,
  chosen: readonly number[],
): (cluster: number) => Float64Array {
  const heights = new Float64Array(chosen.length);
  const all = new Float64Array(clusterCount);
  const isOnPath = new Uint8Array(clusterCount);
  return (cluster) => {
    isOnPath.fill(0);
    for (let at = cluster; at >= 0; at = parents[at]!) isOnPath[at] = 1;
    all[0] = Number.NaN;
    for (let at = 1; at < clusterCount; at++) {
      const parent = parents[at]!;
      if (isOnPath[at] === 1) all[at] = Number.NaN;
      else all[at] = isOnPath[parent] === 1 && parent !== cluster ? births[at]! : all[parent]!;
    }
    for (let label = 0; label < chosen.length; label++) heights[label] = all[chosen[label]!]!;
    return heights;
  };
}
