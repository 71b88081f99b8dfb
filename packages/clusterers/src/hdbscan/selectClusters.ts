import type { ClusterTree } from './clusterTree.ts';

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
