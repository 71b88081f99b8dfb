import { rootOf, singletons } from './disjointSet.ts';
import type { SpanningTree } from './minimumSpanningTree.ts';

/**
 * The hierarchy of merges as distance grows: merge m joins the nodes `left[m]` and `right[m]` into node count + m.
 * Nodes 0 … count − 1 are the points. There are count − 1 merges.
 */
export interface SingleLinkageTree {
  /** Number of points. */
  readonly count: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Distance of each merge, ascending. */
  readonly distances: Float64Array;
  /** Points under each merge. */
  readonly sizes: Int32Array;
}

/** The single linkage tree of a spanning tree of `count` points. Edges of equal weight are merged in the order of their ends. */
export function singleLinkageTree({ from, to, weights }: SpanningTree, count: number): SingleLinkageTree {
  const low = (edge: number) => Math.min(from[edge]!, to[edge]!);
  const high = (edge: number) => Math.max(from[edge]!, to[edge]!);
  const order = Uint32Array.from(weights, (_, edge) => edge).sort((a, b) =>
    weights[a]! < weights[b]! ? -1 : weights[a]! > weights[b]! ? 1 : low(a) - low(b) || high(a) - high(b),
  );
  const tree: SingleLinkageTree = {
    count,
    left: new Int32Array(order.length),
    right: new Int32Array(order.length),
    distances: Float64Array.from(order, (edge) => weights[edge]!),
    sizes: new Int32Array(order.length),
  };
  const sets = singletons(count + order.length);
  const sizeOf = (node: number) => (node < count ? 1 : tree.sizes[node - count]!);
  order.forEach((edge, merge) => {
    const left = rootOf(sets, low(edge));
    const right = rootOf(sets, high(edge));
    tree.left[merge] = left;
    tree.right[merge] = right;
    tree.sizes[merge] = sizeOf(left) + sizeOf(right);
    sets[left] = count + merge;
    sets[right] = count + merge;
  });
  return tree;
}
