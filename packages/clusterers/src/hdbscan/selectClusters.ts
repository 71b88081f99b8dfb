import type { ClusterTree, CondensedTree } from './condensedTree.ts';

/** Which clusters of the tree are taken. */
export interface SelectionOptions {
  /** `eom`: the clusters of largest total excess of mass; `leaf`: the finest ones. */
  readonly clusterSelectionMethod: 'eom' | 'leaf';
  /** Clusters born at a smaller distance than this are merged upwards until they are not; 0 for off. */
  readonly clusterSelectionEpsilon: number;
  /** Whether the root may be the one cluster. */
  readonly allowSingleCluster: boolean;
  /** `eom` splits clusters of more points than this; 0 for no limit. */
  readonly maxClusterSize: number;
}

/** Clusters chosen from a cluster tree. */
export interface Selection {
  /** Numbers in the cluster tree, ascending; the place here is the label. One lies under another only where ε is exactly its birth distance. */
  readonly clusters: readonly number[];
  /** The stability of each chosen cluster: where it was chosen instead of its descendants by ε, the sum of theirs if that was more. */
  readonly stabilities: readonly number[];
}

/**
 * Chooses a flat clustering: excess of mass (Campello et al. 2013, algorithm 3) or leaves, then the ε threshold of Malzer & Baum (2020).
 * Follows the Python `hdbscan` package where these leave room.
 */
export function selectClusters(tree: ClusterTree, options: SelectionOptions): Selection {
  const stabilities = tree.stabilities.slice();
  const flags = options.clusterSelectionMethod === 'eom' ? excessOfMass(tree, stabilities, options) : leaves(tree);
  const chosen = [...flags.keys()].filter((cluster) => flags[cluster] === 1);
  const isOnlyRoot = chosen.length === 1 && chosen[0] === 0;
  const clusters =
    options.clusterSelectionEpsilon === 0 || tree.clusterCount === 1 || isOnlyRoot
      ? chosen
      : aboveEpsilon(tree, chosen, options);
  return { clusters, stabilities: clusters.map((cluster) => stabilities[cluster]!) };
}

/** Marks the clusters whose stability is at least that of the best choice below them; `stabilities` becomes that of the best choice. */
function excessOfMass(
  tree: ClusterTree,
  stabilities: Float64Array,
  { allowSingleCluster, maxClusterSize }: SelectionOptions,
): Uint8Array {
  const { clusterCount, parents, sizes } = tree;
  const limit = maxClusterSize > 0 ? maxClusterSize : Infinity;
  const flags = new Uint8Array(clusterCount).fill(1);
  if (!allowSingleCluster) flags[0] = 0;
  for (let cluster = clusterCount - 1; cluster >= (allowSingleCluster ? 0 : 1); cluster--) {
    const below = stabilityBelow(tree, stabilities, cluster);
    if (below > stabilities[cluster]! || sizes[cluster]! > limit) {
      flags[cluster] = 0;
      stabilities[cluster] = below;
    }
  }
  // A chosen cluster takes all that lies under it.
  const isCovered = new Uint8Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) {
    const parent = parents[cluster]!;
    isCovered[cluster] = flags[parent]! | isCovered[parent]!;
    if (isCovered[cluster] === 1) flags[cluster] = 0;
  }
  return flags;
}

/** The sum over the children of a cluster. */
function stabilityBelow(
  { firstChildren, childCounts }: ClusterTree,
  stabilities: Float64Array,
  cluster: number,
): number {
  const first = firstChildren[cluster]!;
  const count = childCounts[cluster]!;
  if (count === 0) return 0;
  if (count === 2) return stabilities[first]! + stabilities[first + 1]!;
  // Sums of three and more depend on their order in the last bit; the children's may be that of the points.
  return stabilities
    .slice(first, first + count)
    .sort()
    .reduce((sum, each) => sum + each, 0);
}

function leaves({ clusterCount, childCounts }: ClusterTree): Uint8Array {
  const flags = new Uint8Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) if (childCounts[cluster] === 0) flags[cluster] = 1;
  return flags;
}

/** Replaces each cluster born below ε by its nearest ancestor born above, or the last before the root where there is none. */
function aboveEpsilon(
  { clusterCount, parents, births }: ClusterTree,
  chosen: readonly number[],
  { clusterSelectionEpsilon, allowSingleCluster }: SelectionOptions,
): number[] {
  // For each cluster itself or its nearest ancestor born above ε, or what stands in for one.
  const above = new Int32Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) {
    if (1 / births[cluster]! > clusterSelectionEpsilon) above[cluster] = cluster;
    else if (parents[cluster] !== 0) above[cluster] = above[parents[cluster]!]!;
    else above[cluster] = allowSingleCluster ? 0 : cluster;
  }
  const raised = chosen.map((cluster) => (1 / births[cluster]! < clusterSelectionEpsilon ? above[cluster]! : cluster));
  return [...new Set(raised)].sort((a, b) => a - b);
}

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
