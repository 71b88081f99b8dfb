import type { ClusterTree } from './clusterTree.ts';

/**
 * At which λ one cluster of a tree merges with each of the `chosen` ones: where their branches part. NaN where one is the other or lies under
 * it: then it depends on the point, and is the λ at which the point leaves. One object serves a whole tree; a call takes time in its
 * number of clusters.
 */
export class MergeHeights {
  /** The heights of the cluster asked for last, in the order of `chosen`. */
  readonly heights: Float64Array;
  readonly #tree: ClusterTree;
  readonly #chosen: readonly number[];
  readonly #all: Float64Array;
  readonly #isOnPath: Uint8Array;

  constructor(tree: ClusterTree, chosen: readonly number[]) {
    this.heights = new Float64Array(chosen.length);
    this.#tree = tree;
    this.#chosen = chosen;
    this.#all = new Float64Array(tree.clusterCount);
    this.#isOnPath = new Uint8Array(tree.clusterCount);
  }

  /** Computes the heights for `cluster`. */
  take(cluster: number): void {
    const { clusterCount, parents, births } = this.#tree;
    const all = this.#all;
    this.#isOnPath.fill(0);
    for (let at = cluster; at >= 0; at = parents[at]!) this.#isOnPath[at] = 1;
    all[0] = Number.NaN;
    for (let at = 1; at < clusterCount; at++) {
      const parent = parents[at]!;
      if (this.#isOnPath[at] === 1) all[at] = Number.NaN;
      else all[at] = this.#isOnPath[parent] === 1 && parent !== cluster ? births[at]! : all[parent]!;
    }
    for (let label = 0; label < this.#chosen.length; label++) this.heights[label] = all[this.#chosen[label]!]!;
  }
}
