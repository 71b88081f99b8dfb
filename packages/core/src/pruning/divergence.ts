import type { ClusterPruning } from '../pruner.ts';

/**
 * The Jensen-Shannon divergence in bits, 0…1, between two distributions of equal length, each given by weights that are normalised to
 * sum 1 first; 0·log 0 counts as 0. (It is the square of the Jensen-Shannon distance.) Throws a RangeError on unequal lengths, negative
 * or non-finite weights and weights that are all zero.
 *
 * Lin 1991, "Divergence measures based on the Shannon entropy", eq. 4.1 with equal weights.
 */
export function jensenShannonDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  if (p.length !== q.length) {
    throw new RangeError(`Two distributions need equal lengths, got ${p.length} and ${q.length}.`);
  }
  const sumP = totalWeight(p);
  const sumQ = totalWeight(q);
  let nats = 0;
  for (let i = 0; i < p.length; i++) {
    const a = p[i]! / sumP;
    const b = q[i]! / sumQ;
    if (a + b > 0) nats += ((a + b) / 4) * excess((a - b) / (a + b));
  }
  return Math.min(1, Math.max(0, nats / Math.LN2));
}

/**
 * (1+δ)·ln(1+δ) + (1−δ)·ln(1−δ) for −1 ≤ δ ≤ 1. With the mixture m = (a+b)/2 and δ = (a−b)/(a+b) the terms a·ln(a/m) + b·ln(b/m)
 * are m times this: no difference of entropies is taken, so nearly equal distributions lose no digits.
 */
function excess(delta: number): number {
  const square = delta * delta;
  if (square < 0.01) {
    let sum = 0;
    let power = square;
    for (let k = 1; k <= 8; k++, power *= square) sum += power / (k * (2 * k - 1));
    return sum;
  }
  return xLogX(1 + delta) + xLogX(1 - delta);
}

function xLogX(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}

function totalWeight(weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`A distribution needs finite weights of at least 0, got ${weight} at position ${i}.`);
    }
    sum += weight;
  }
  if (!(sum > 0 && sum < Infinity))
    throw new RangeError(`The weights of a distribution sum to ${sum}: they need a positive, finite sum.`);
  return sum;
}

/** How far a cluster is from its target Q_t, before and after, in bits. */
export type Divergences = Pick<
  ClusterPruning,
  'divergenceBefore' | 'divergenceAfter' | 'groupDivergenceBefore' | 'groupDivergenceAfter'
>;

/**
 * The divergences of a cluster whose groups have `sizes` clips and keep `kept` of them. The target can be met on classes of groups of one size:
 * of G groups with n clips, the G_m groups of m clips have the share m·G_m/n of the clips and G_m/G of the groups. Over single groups whole
 * clips may not meet it: of pairs, one clip of every second one gone is as far from it as none gone. With nothing kept there is no distribution: 1; without groups there is nothing to reach: 0.
 */
export function divergencesOf(t: number, sizes: readonly number[], kept: readonly number[]): Divergences {
  if (sizes.length === 0) return { divergenceBefore: 0, divergenceAfter: 0 };
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

/**
 * a(t) = (1−t)/((1−t) + t·R) with R = clips/groups: the share of a group's clips beyond its first that stay. With R > 1 it falls strictly,
 * from 1 at t = 0 to 0 at t = 1. k_g = 1 + (n_g−1)·a(t) makes the distribution of the kept clips over groups equal to Q_t: k_g times
 * (1−t) + t·R is (1−t)·n_g + t·R, which is n·Q_t(g).
 */
export function extraShare(t: number, clips: number, groups: number): number {
  return (1 - t) / (1 - t + (t * clips) / groups);
}

/** Q_t over the groups of a cluster, from their sizes: (1−t) parts of the original distribution n_g/n and t of the uniform 1/G. Sums to 1. */
export function targetDistribution(t: number, sizes: ArrayLike<number>): Float64Array {
  let clips = 0;
  for (let group = 0; group < sizes.length; group++) clips += sizes[group]!;
  return Float64Array.from(sizes, (size) => ((1 - t) * size) / clips + t / sizes.length);
}
