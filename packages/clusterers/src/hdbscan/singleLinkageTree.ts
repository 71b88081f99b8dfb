import { rootOf, type SpanningTree, singletons } from './minimumSpanningTree.ts';

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
 * What a merge joined, as a condensed tree sees it: parts large enough to be clusters, and the points of all others. One object serves all merges
 * of a tree and its contents change with each `take`: a chain has as many merges as there are points, and none of them should allocate.
 */
export class MergeParts {
  /** Nodes of the parts of at least minClusterSize points. In canonical order: by size, descending, then by their first point. */
  readonly large: number[] = [];
  /** The points of the smaller parts are the first `pointCount`; ascending in canonical order. */
  readonly points: Int32Array;
  pointCount = 0;
  readonly #tree: SingleLinkageTree;
  readonly #minClusterSize: number;
  readonly #ties: Ties;
  readonly #isBefore: (i: number, j: number) => boolean;
  readonly #pending: number[] = [];
  readonly #queue: Int32Array;

  /** `minClusterSize` must be at least 2. */
  constructor(
    tree: SingleLinkageTree,
    minClusterSize: number,
    ties: Ties,
    isBefore: (i: number, j: number) => boolean,
  ) {
    this.#tree = tree;
    this.#minClusterSize = minClusterSize;
    this.#ties = ties;
    this.#isBefore = isBefore;
    this.points = new Int32Array(tree.count);
    this.#queue = new Int32Array(2 * Math.min(minClusterSize, tree.count));
  }

  /** Takes the merge `node` apart. */
  take(node: number): void {
    const { count, left, right, distances } = this.#tree;
    const isCanonical = this.#ties === 'canonical';
    this.large.length = 0;
    this.pointCount = 0;
    this.#pending.push(node);
    const distance = distances[node - count]!;
    while (this.#pending.length > 0) {
      const merge = this.#pending.pop()! - count;
      for (let side = 0; side < 2; side++) {
        const part = (side === 0 ? left : right)[merge]!;
        if (this.#sizeOf(part) < this.#minClusterSize) this.#addPoints(part);
        else if (isCanonical && distances[part - count] === distance) this.#pending.push(part);
        else this.large.push(part);
      }
    }
    if (isCanonical) this.#order();
  }

  #sizeOf(node: number): number {
    const { count, sizes } = this.#tree;
    return node < count ? 1 : sizes[node - count]!;
  }

  /** Adds the points under a small part, level by level. */
  #addPoints(part: number): void {
    const { count, left, right } = this.#tree;
    this.#queue[0] = part;
    for (let at = 0, end = 1; at < end; at++) {
      const node = this.#queue[at]!;
      if (node < count) this.points[this.pointCount++] = node;
      else {
        this.#queue[end++] = left[node - count]!;
        this.#queue[end++] = right[node - count]!;
      }
    }
  }

  #order(): void {
    if (this.pointCount > 1) this.points.subarray(0, this.pointCount).sort();
    if (this.large.length < 2) return;
    const firsts = new Map<number, number>();
    const firstOf = (part: number) => {
      const known = firsts.get(part) ?? this.#firstPoint(part);
      firsts.set(part, known);
      return known;
    };
    this.large.sort((a, b) => this.#sizeOf(b) - this.#sizeOf(a) || (this.#isBefore(firstOf(a), firstOf(b)) ? -1 : 1));
  }

  #firstPoint(part: number): number {
    const { count, left, right } = this.#tree;
    const pending = [part];
    let first = -1;
    while (pending.length > 0) {
      const node = pending.pop()!;
      if (node >= count) pending.push(left[node - count]!, right[node - count]!);
      else if (first < 0 || this.#isBefore(node, first)) first = node;
    }
    return first;
  }
}
