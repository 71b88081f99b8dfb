import type { CondensedTree } from './condensedTree.ts';
import type { SingleLinkageTree } from './singleLinkageTree.ts';

/** The rows 0 … total − 1 that are not among `used` (ascending), ascending. */
export function leftOutRows(used: Uint32Array, total: number): Uint32Array {
  const isUsed = new Uint8Array(total);
  for (const row of used) isUsed[row] = 1;
  return Uint32Array.from({ length: total }, (_, row) => row).filter((row) => isUsed[row] === 0);
}

/** The tree of the `used` rows as one of `total` rows: those left out are joined last, one by one, at distance Infinity. */
export function joinLeftOut(tree: SingleLinkageTree, used: Uint32Array, total: number): SingleLinkageTree {
  const leftOut = leftOutRows(used, total);
  const node = (id: number) => (id < tree.count ? used[id]! : id + leftOut.length);
  const merges = tree.left.length;
  const joined: SingleLinkageTree = {
    count: total,
    left: new Int32Array(merges + leftOut.length),
    right: new Int32Array(merges + leftOut.length),
    distances: new Float64Array(merges + leftOut.length).fill(Infinity),
    sizes: new Int32Array(merges + leftOut.length),
  };
  joined.left.set(tree.left.map(node));
  joined.right.set(tree.right.map(node));
  joined.distances.set(tree.distances);
  joined.sizes.set(tree.sizes);
  leftOut.forEach((row, at) => {
    joined.left[merges + at] = row;
    joined.right[merges + at] = total + merges + at - 1;
    joined.sizes[merges + at] = tree.count + at + 1;
  });
  return joined;
}

/** The condensed tree of the `used` rows as one of `total` rows: those left out fall out of the root first, at λ = 0. */
export function condenseLeftOut(tree: CondensedTree, used: Uint32Array, total: number): CondensedTree {
  const leftOut = leftOutRows(used, total);
  const shift = (id: number) => (id < tree.count ? used[id]! : id + leftOut.length);
  const before = <T extends Int32Array | Float64Array>(rows: T, first: T): T => {
    first.set(rows, leftOut.length);
    return first;
  };
  const length = leftOut.length + tree.parents.length;
  const children = before(tree.children.map(shift), new Int32Array(length));
  children.set(leftOut);
  return {
    count: total,
    clusterCount: tree.clusterCount,
    parents: before(tree.parents.map(shift), new Int32Array(length).fill(total)),
    children,
    lambdas: before(tree.lambdas, new Float64Array(length)),
    sizes: before(tree.sizes, new Int32Array(length).fill(1)),
  };
}

/** Core distances of the `used` rows as those of `total` rows: Infinity for the others. */
export function coreLeftOut(core: Float64Array, used: Uint32Array, total: number): Float64Array {
  const all = new Float64Array(total).fill(Infinity);
  used.forEach((row, i) => {
    all[row] = core[i]!;
  });
  return all;
}
