import type { ClusterTree } from './clusterTree.ts';

/** Finds ancestors in a cluster tree in a number of steps that grows with the logarithm of its depth. */
export interface Ancestors {
  /** The nearest of `cluster` and its ancestors that was born at a smaller λ than this; the root where there is none. */
  bornBefore(cluster: number, lambda: number): number;
}

/** The ancestors in a tree whose parents come before their children, by jump pointers (Myers 1983, "An applicative random-access stack"). */
export function ancestors({ clusterCount, parents, births }: ClusterTree): Ancestors {
  const depths = new Int32Array(clusterCount);
  const jumps = new Int32Array(clusterCount);
  for (let cluster = 1; cluster < clusterCount; cluster++) {
    const parent = parents[cluster]!;
    const jump = jumps[parent]!;
    depths[cluster] = depths[parent]! + 1;
    const isEqualStep = depths[parent]! - depths[jump]! === depths[jump]! - depths[jumps[jump]!]!;
    jumps[cluster] = isEqualStep ? jumps[jump]! : parent;
  }
  return {
    bornBefore: (cluster, lambda) => {
      let at = cluster;
      // Births never fall on the way down, so a jump that lands on a late birth passes no early one.
      while (at > 0 && births[at]! >= lambda) at = births[jumps[at]!]! >= lambda ? jumps[at]! : parents[at]!;
      return at;
    },
  };
}
