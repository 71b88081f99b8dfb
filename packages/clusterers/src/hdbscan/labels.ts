import type { ClusterTree } from './clusterTree.ts';
import type { CondensedTree } from './condensedTree.ts';
import type { Selection, SelectionOptions } from './selectClusters.ts';

/** What follows for the points from the clusters chosen. */
export interface Labelling {
  /** Place of the point's cluster in the selection; −1 is noise. */
  readonly labels: Int32Array;
  /** How long the point stays in its cluster, as a share of how long the cluster lasts, in λ: 0…1, 0 for noise. */
  readonly probabilities: Float64Array;
}

/**
 * Labels and probabilities of all points. A point belongs to the chosen cluster it falls out of or falls out under.
 * Where the root is the only cluster, its points must stay until λ ≥ 1/ε, or without ε as long as anything does
 * (so most may be noise); both as in the Python `hdbscan` package.
 */
export function labelPoints(
  { count, parents, children, lambdas }: CondensedTree,
  tree: ClusterTree,
  { clusters }: Selection,
  { clusterSelectionEpsilon }: Pick<SelectionOptions, 'clusterSelectionEpsilon'>,
): Labelling {
  const labels = new Int32Array(count).fill(-1);
  const probabilities = new Float64Array(count);
  const labelOf = labelsOfClusters(tree, clusters);
  const rootLambda = leastRootLambda(tree, clusterSelectionEpsilon);
  for (let row = 0; row < parents.length; row++) {
    const point = children[row]!;
    if (point >= count) continue;
    const label = labelOf[parents[row]! - count]!;
    if (label < 0 || (clusters[label] === 0 && lambdas[row]! < rootLambda)) continue;
    labels[point] = label;
    probabilities[point] = membership(lambdas[row]!, tree.deaths[clusters[label]!]!);
  }
  return { labels, probabilities };
}

/** The λ until which points must stay in the root if it is the only cluster, to belong to it. */
export function leastRootLambda({ deaths }: ClusterTree, clusterSelectionEpsilon: number): number {
  return clusterSelectionEpsilon > 0 ? 1 / clusterSelectionEpsilon : deaths[0]!;
}

/** For each cluster of the tree the label of the chosen one it is or lies under, −1 for none. */
export function labelsOfClusters({ clusterCount, parents }: ClusterTree, clusters: readonly number[]): Int32Array {
  const labelOf = new Int32Array(clusterCount).fill(-1);
  clusters.forEach((cluster, label) => {
    labelOf[cluster] = label;
  });
  for (let cluster = 1; cluster < clusterCount; cluster++) {
    if (labelOf[cluster]! < 0) labelOf[cluster] = labelOf[parents[cluster]!]!;
  }
  return labelOf;
}

/** How long a point that leaves at `lambda` stays in its cluster, as a share of how long the cluster lasts: 0…1. */
export function membership(lambda: number, death: number): number {
  return death === 0 || lambda === Infinity ? 1 : Math.min(lambda, death) / death;
}

/**
 * How strongly each chosen cluster stands out: its stability over the most it could be with the points it has, at the largest λ of all, 0…1.
 * 1 where that is not defined (λ infinite or 0, or no points), as in the Python `hdbscan` package.
 */
export function clusterPersistence(
  labels: Int32Array,
  { lambdas }: CondensedTree,
  { stabilities }: Selection,
): Float64Array {
  const sizes = new Int32Array(stabilities.length);
  for (const label of labels) if (label >= 0) sizes[label]! += 1;
  const largest = lambdas.reduce((a, b) => Math.max(a, b), 0);
  const isDefined = largest > 0 && largest < Infinity;
  return Float64Array.from(stabilities, (stability, label) =>
    isDefined && sizes[label]! > 0 ? stability / (sizes[label]! * largest) : 1,
  );
}
