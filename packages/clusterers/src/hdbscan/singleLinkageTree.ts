import { rootOf, type SpanningTree, singletons } from './spanningTree.ts';

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

/** What merges of exactly equal distance are: `canonical` one merge of many parts, `reference` one after the other, each of two. */
export type Ties = 'canonical' | 'reference';

/**
 * What merges joined, as a condensed tree sees it: parts large enough to be clusters, and the points of all others. One object serves all merges
 * of a tree and its contents change with each `take`: a chain has as many merges as there are points, and none of them should allocate.
 */
export interface MergeParts {
  /** Nodes of the parts of at least minClusterSize points. In canonical order: by size, descending, then by their first point. */
  readonly large: readonly number[];
  /** The points of the smaller parts come first, as many as `take` says; ascending in canonical order. */
  readonly points: Int32Array;
  /** Takes the merge `node` apart; returns how many points its smaller parts have. */
  take(node: number): number;
}

/** Takes merges of the tree apart. `minClusterSize` must be at least 2. */
export function mergeParts(
  { count, left, right, distances, sizes }: SingleLinkageTree,
  minClusterSize: number,
  ties: Ties,
  isBefore: (i: number, j: number) => boolean,
): MergeParts {
  const large: number[] = [];
  const points = new Int32Array(count);
  let pointCount = 0;
  const pending: number[] = [];
  const queue = new Int32Array(2 * Math.min(minClusterSize, count));
  const sizeOf = (node: number) => (node < count ? 1 : sizes[node - count]!);
  /** Adds the points under a small part, level by level. */
  const addPoints = (part: number) => {
    queue[0] = part;
    for (let at = 0, end = 1; at < end; at++) {
      const node = queue[at]!;
      if (node < count) points[pointCount++] = node;
      else {
        queue[end++] = left[node - count]!;
        queue[end++] = right[node - count]!;
      }
    }
  };
  const firstPoint = (part: number) => {
    const below = [part];
    let first = -1;
    while (below.length > 0) {
      const node = below.pop()!;
      if (node >= count) below.push(left[node - count]!, right[node - count]!);
      else if (first < 0 || isBefore(node, first)) first = node;
    }
    return first;
  };
  const order = () => {
    if (pointCount > 1) points.subarray(0, pointCount).sort();
    if (large.length < 2) return;
    const firsts = new Map<number, number>();
    const firstOf = (part: number) => {
      const known = firsts.get(part) ?? firstPoint(part);
      firsts.set(part, known);
      return known;
    };
    large.sort((a, b) => sizeOf(b) - sizeOf(a) || (isBefore(firstOf(a), firstOf(b)) ? -1 : 1));
  };
  return {
    large,
    points,
    take: (node) => {
      const isCanonical = ties === 'canonical';
      large.length = 0;
      pointCount = 0;
      pending.push(node);
      const distance = distances[node - count]!;
      while (pending.length > 0) {
        const merge = pending.pop()! - count;
        for (let side = 0; side < 2; side++) {
          const part = (side === 0 ? left : right)[merge]!;
          if (sizeOf(part) < minClusterSize) addPoints(part);
          else if (isCanonical && distances[part - count] === distance) pending.push(part);
          else large.push(part);
        }
      }
      if (isCanonical) order();
      return pointCount;
    },
  };
}
