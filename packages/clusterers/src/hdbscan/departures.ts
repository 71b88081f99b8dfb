import type { CondensedTree } from './condensedTree.ts';

/** Where and when each point leaves the condensed tree. */
export interface Departures {
  /** Number in the cluster tree of the cluster that each point falls out of; −1 for a single point, which is in no tree. */
  readonly clusters: Int32Array;
  /** λ at which it does. */
  readonly lambdas: Float64Array;
}

/** The departures of all points of a condensed tree. */
export function departures({ count, parents, children, lambdas }: CondensedTree): Departures {
  const left: Departures = { clusters: new Int32Array(count).fill(-1), lambdas: new Float64Array(count) };
  for (let row = 0; row < parents.length; row++) {
    const point = children[row]!;
    if (point >= count) continue;
    left.clusters[point] = parents[row]! - count;
    left.lambdas[point] = lambdas[row]!;
  }
  return left;
}
