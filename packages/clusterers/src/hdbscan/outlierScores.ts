import type { ClusterTree } from './clusterTree.ts';
import type { CondensedTree } from './condensedTree.ts';

/**
 * GLOSH, the global-local outlier score from hierarchies (Campello et al. 2015, equation 8): 1 − λ_point / λ_max, where λ_max is the largest
 * λ in or under the cluster that the point falls out of. 0…1, higher is more of an outlier. Beside duplicates (λ_max infinite) points of
 * finite λ score 1, where the Python `hdbscan` package gives NaN.
 */
export function outlierScores({ count, parents, children, lambdas }: CondensedTree, tree: ClusterTree): Float64Array {
  const deaths = lastDeaths(tree);
  const scores = new Float64Array(count);
  for (let row = 0; row < parents.length; row++) {
    if (children[row]! < count) scores[children[row]!] = outlierScore(lambdas[row]!, deaths[parents[row]! - count]!);
  }
  return scores;
}

/** For each cluster λ_max: the largest λ at which anything leaves it or a cluster under it. */
export function lastDeaths({ clusterCount, parents, deaths }: ClusterTree): Float64Array {
  const last = deaths.slice();
  for (let cluster = clusterCount - 1; cluster > 0; cluster--) {
    const parent = parents[cluster]!;
    last[parent] = Math.max(last[parent]!, last[cluster]!);
  }
  return last;
}

/** The score of a point that falls at `lambda` out of a cluster with this λ_max; 0 for one that is denser. */
export function outlierScore(lambda: number, lambdaMax: number): number {
  if (lambda >= lambdaMax) return 0;
  return lambdaMax === Infinity ? 1 : (lambdaMax - lambda) / lambdaMax;
}
