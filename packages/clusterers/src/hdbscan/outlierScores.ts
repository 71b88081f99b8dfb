import type { ClusterTree } from './clusterTree.ts';
import type { CondensedTree } from './condensedTree.ts';

/**
 * GLOSH, the global-local outlier score from hierarchies (Campello et al. 2015, equation 8): 1 − λ_point / λ_max, where λ_max is the largest
 * λ in or under the cluster that the point falls out of. 0…1, higher is more of an outlier. Beside duplicates (λ_max infinite) points of
 * finite λ score 1, where the Python `hdbscan` package gives NaN.
 */
export function outlierScores({ count, parents, children, lambdas }: CondensedTree, tree: ClusterTree): Float64Array {
  const deaths = tree.deaths.slice();
  for (let cluster = tree.clusterCount - 1; cluster > 0; cluster--) {
    const parent = tree.parents[cluster]!;
    deaths[parent] = Math.max(deaths[parent]!, deaths[cluster]!);
  }
  const scores = new Float64Array(count);
  for (let row = 0; row < parents.length; row++) {
    if (children[row]! < count) scores[children[row]!] = score(lambdas[row]!, deaths[parents[row]! - count]!);
  }
  return scores;
}

function score(lambda: number, death: number): number {
  if (death === 0 || lambda === Infinity) return 0;
  return death === Infinity ? 1 : (death - lambda) / death;
}
