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
  const { clusterCount, firstChildren, parents, sizes } = tree;
  const limit = maxClusterSize > 0 ? maxClusterSize : Infinity;
  const flags = new Uint8Array(clusterCount).fill(1);
  if (!allowSingleCluster) flags[0] = 0;
  for (let cluster = clusterCount - 1; cluster >= (allowSingleCluster ? 0 : 1); cluster--) {
    const child = firstChildren[cluster]!;
    const below = child === 0 ? 0 : stabilities[child]! + stabilities[child + 1]!;
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

function leaves({ clusterCount, firstChildren }: ClusterTree): Uint8Array {
  const flags = new Uint8Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) if (firstChildren[cluster] === 0) flags[cluster] = 1;
  return flags;
}

/** Replaces each cluster born below ε by its nearest ancestor born above, or the last before the root where there is none. */
function aboveEpsilon(
  { parents, births }: ClusterTree,
  chosen: readonly number[],
  { clusterSelectionEpsilon, allowSingleCluster }: SelectionOptions,
): number[] {
  const raised = chosen.map((cluster) => {
    if (!(1 / births[cluster]! < clusterSelectionEpsilon)) return cluster;
    let at = cluster;
    while (parents[at] !== 0) {
      at = parents[at]!;
      if (1 / births[at]! > clusterSelectionEpsilon) return at;
    }
    return allowSingleCluster ? 0 : at;
  });
  return [...new Set(raised)].sort((a, b) => a - b);
}
