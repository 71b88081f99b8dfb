import { dot, type Matrix, onGrid, type SimilarityKernel } from '@refrain/core';
import { centroids } from '../ranking/centroids.ts';

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
