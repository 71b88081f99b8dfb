/** The groups of one weight. Each has `level` seats, the first `served` of them one more. */
interface WeightClass {
  readonly weight: number;
  /** Positions, ascending. */
  readonly groups: number[];
  level: number;
  served: number;
}

/**
 * Gives `house` seats to groups with `weights` (integers ≥ 0; `house` is at most their sum W), none more than its weight, so that 1 + seats
 * is near 1 + weight·house/W. One seat more never takes a seat from any group: kept sets of different sizes are nested.
 *
 * Seat by seat, to the group that it brings nearest to its share. With the shares q_g = 1 + w_g·h/W of house size h the divergence is, to
 * second order, proportional to Σ (k_g − q_g)²/q_g; one clip more in group g adds (2·k_g + 1)/q_g less a number that is the same for all. So
 * the next seat goes where (2·k_g + 1)/(W + w_g·h) is smallest, among equals to the larger weight, then to the lower position. (Where
 * shares had no 1 of their own this would be the method of Webster and Sainte-Laguë; Balinski & Young 1982, "Fair Representation".)
 *
 * Groups of one weight take turns, and there are at most √(2W) weights: at most house·√(2W) steps.
 */
export function apportion(weights: ArrayLike<number>, house: number): Uint32Array {
  const seats = new Uint32Array(weights.length);
  const { classes, total } = classesOf(weights);
  for (let size = 1; size <= house; size++) {
    let next: WeightClass | undefined;
    let least = Infinity;
    for (const one of classes) {
      const cost = one.level === one.weight ? Infinity : (2 * one.level + 3) / (total + one.weight * size);
      if (cost >= least) continue;
      least = cost;
      next = one;
    }
    if (next === undefined) break;
    seats[next.groups[next.served]!]!++;
    next.served = (next.served + 1) % next.groups.length;
    if (next.served === 0) next.level++;
  }
  return seats;
}

/** Groups with a weight above 0 by weight, descending, and the sum of weights. */
function classesOf(weights: ArrayLike<number>): { classes: WeightClass[]; total: number } {
  const byWeight = new Map<number, WeightClass>();
  let total = 0;
  for (let group = 0; group < weights.length; group++) {
    const weight = weights[group]!;
    total += weight;
    const known = byWeight.get(weight);
    if (known !== undefined) known.groups.push(group);
    else if (weight > 0) byWeight.set(weight, { weight, groups: [group], level: 0, served: 0 });
  }
  return { classes: [...byWeight.values()].sort((a, b) => b.weight - a.weight), total };
}

/**
 * Whole numbers that sum to `total`, near `quotas` that sum to about as much: each rounded down, the units left over to the largest
 * fractions (Hamilton's method). `before` orders quotas of equal fraction.
 */
export function largestRemainder(
  quotas: Float64Array,
  total: number,
  before: (a: number, b: number) => number,
): Uint32Array {
  const whole = Uint32Array.from(quotas, Math.floor);
  const left = total - whole.reduce((sum, value) => sum + value, 0);
  const fraction = (i: number) => quotas[i]! - whole[i]!;
  const order = Uint32Array.from(quotas, (_, i) => i).sort((a, b) => fraction(b) - fraction(a) || before(a, b));
  for (const i of order.subarray(0, left)) whole[i]!++;
  return whole;
}
