import type { ClusterPruning } from '../pruner.ts';
import { jensenShannonDivergence } from './divergence.ts';
import { targetDistribution } from './target.ts';

/** How far a cluster is from its target Q_t, before and after, in bits. */
export type Divergences = Pick<
  ClusterPruning,
  'divergenceBefore' | 'divergenceAfter' | 'groupDivergenceBefore' | 'groupDivergenceAfter'
>;

/**
 * The divergences of a cluster whose groups have `sizes` clips and keep `kept` of them. The target can be met on classes of groups of one size:
 * of G groups with n clips, the G_m groups of m clips have the share m·G_m/n of the clips and G_m/G of the groups. Over single groups whole
 * clips may not meet it: of pairs, one clip of every second one gone is as far from it as none gone. With nothing kept there is no distribution: 1.
 */
export function divergencesOf(t: number, sizes: readonly number[], kept: readonly number[]): Divergences {
  const target = targetDistribution(t, sizes);
  const classes = [...new Set(sizes)];
  const place = new Map(classes.map((size, position) => [size, position]));
  const perClass = (values: ArrayLike<number>) => {
    const sums = new Float64Array(classes.length);
    for (const [group, size] of sizes.entries()) sums[place.get(size)!]! += values[group]!;
    return sums;
  };
  const classTarget = perClass(target);
  const isEmpty = kept.every((count) => count === 0);
  return {
    divergenceBefore: jensenShannonDivergence(perClass(sizes), classTarget),
    divergenceAfter: isEmpty ? 1 : jensenShannonDivergence(perClass(kept), classTarget),
    groupDivergenceBefore: jensenShannonDivergence(sizes, target),
    groupDivergenceAfter: isEmpty ? 1 : jensenShannonDivergence(kept, target),
  };
}
