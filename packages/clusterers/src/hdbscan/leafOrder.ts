import type { SingleLinkageTree } from './singleLinkageTree.ts';

/** Points so that those of every merge lie side by side. */
export interface LeafOrder {
  readonly order: Uint32Array;
  /** Between each point and the next, the distance at which the two are merged: of any two points it is the greatest of those between them. */
  readonly merged: Float64Array;
}

/** The wanted points of the tree, from left to right. */
export function leafOrder(
  { count, left, right, distances }: SingleLinkageTree,
  isWanted: (point: number) => boolean,
): LeafOrder {
  const order = new Uint32Array(count);
  const merged = new Float64Array(Math.max(0, count - 1));
  // Nodes to go to, and, below 0, merges of which the left side is done.
  const ahead = [count + left.length - 1];
  let [length, gap] = [0, 0];
  for (let node = ahead.pop(); node !== undefined; node = ahead.pop()) {
    if (node < 0) gap = Math.max(gap, distances[-1 - node]!);
    else if (node >= count) ahead.push(right[node - count]!, count - node - 1, left[node - count]!);
    else if (isWanted(node)) {
      if (length > 0) merged[length - 1] = gap;
      order[length++] = node;
      gap = 0;
    }
  }
  return { order: order.subarray(0, length), merged: merged.subarray(0, Math.max(0, length - 1)) };
}
