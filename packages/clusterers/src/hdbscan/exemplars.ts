import type { HdbscanResult } from './clusterFromTree.ts';
import { departures } from './departures.ts';
import { labelsOfClusters } from './labels.ts';

/**
 * The exemplars of each cluster, its most persistent points: of every leaf of the condensed tree that is or lies under the chosen cluster,
 * the points that leave it last, at its largest λ (McInnes, documentation of the Python `hdbscan` package, "How soft clustering for HDBSCAN works").
 * By label, ascending indices; every cluster has some. A cluster of odd shape has several such hearts, so these stand for it better than one centre.
 */
export function exemplars({ clusterTree, condensedTree, selection }: HdbscanResult): Uint32Array[] {
  const labelOf = labelsOfClusters(clusterTree, selection.clusters);
  const { clusters, lambdas } = departures(condensedTree);
  const found: number[][] = selection.clusters.map(() => []);
  for (let point = 0; point < clusters.length; point++) {
    const cluster = clusters[point]!;
    if (cluster < 0 || clusterTree.childCounts[cluster]! > 0 || lambdas[point] !== clusterTree.deaths[cluster])
      continue;
    found[labelOf[cluster]!]?.push(point);
  }
  return found.map((points) => Uint32Array.from(points));
}
