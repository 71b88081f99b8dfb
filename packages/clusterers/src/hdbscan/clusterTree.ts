import type { CondensedTree } from './condensedTree.ts';

/** The clusters of a condensed tree without their points; cluster c here is count + c there, so 0 is the root and parents come before children. */
export interface ClusterTree {
  readonly clusterCount: number;
  /** −1 for the root. */
  readonly parents: Int32Array;
  /** The first of its children, which have consecutive numbers; 0 for none. */
  readonly firstChildren: Int32Array;
  /** How many children it has: 0, 2 or, at a merge of many parts, more. */
  readonly childCounts: Int32Array;
  /** λ at which each cluster splits off its parent; 0 for the root. */
  readonly births: Float64Array;
  /** Largest λ at which something leaves the cluster. */
  readonly deaths: Float64Array;
  /** Points in each cluster; the root's is the sum of its child clusters', as in the Python `hdbscan` package. */
  readonly sizes: Int32Array;
  /** Excess of mass: Σ over what leaves the cluster of (λ − birth)·size (Campello et al. 2013, section 5.1). */
  readonly stabilities: Float64Array;
}

/** The cluster tree of a condensed tree. */
export function clusterTree({ count, clusterCount, parents, children, lambdas, sizes }: CondensedTree): ClusterTree {
  const tree: ClusterTree = {
    clusterCount,
    parents: new Int32Array(clusterCount).fill(-1),
    firstChildren: new Int32Array(clusterCount),
    childCounts: new Int32Array(clusterCount),
    births: new Float64Array(clusterCount),
    deaths: new Float64Array(clusterCount),
    sizes: new Int32Array(clusterCount),
    stabilities: new Float64Array(clusterCount),
  };
  for (let row = 0; row < parents.length; row++) {
    const parent = parents[row]! - count;
    tree.deaths[parent] = Math.max(tree.deaths[parent]!, lambdas[row]!);
    if (children[row]! < count) continue;
    const child = children[row]! - count;
    tree.parents[child] = parent;
    if (tree.firstChildren[parent] === 0) tree.firstChildren[parent] = child;
    tree.childCounts[parent]! += 1;
    tree.births[child] = lambdas[row]!;
    tree.sizes[child] = sizes[row]!;
    if (parent === 0) tree.sizes[0]! += sizes[row]!;
  }
  for (let row = 0; row < parents.length; row++) {
    const parent = parents[row]! - count;
    tree.stabilities[parent]! += (lambdas[row]! - tree.births[parent]!) * sizes[row]!;
  }
  return tree;
}
