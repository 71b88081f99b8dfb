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
