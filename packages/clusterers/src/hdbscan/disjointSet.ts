/** Disjoint sets of 0 … n − 1 (Tarjan 1975): each element points to its parent, a root to itself. */
export type DisjointSet = Int32Array;

/** Every element a set of its own. */
export function singletons(count: number): DisjointSet {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** The root of the set of `element`. Paths are halved on the way, so later calls are shorter. */
export function rootOf(sets: DisjointSet, element: number): number {
  let at = element;
  while (sets[at] !== at) {
    sets[at] = sets[sets[at]!]!;
    at = sets[at]!;
  }
  return at;
}
