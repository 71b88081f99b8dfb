/**
 * The two-sided p-value, 0…1, of a t statistic: the probability that Student's t is at least as far from 0. `degreesOfFreedom` ν is above 0
 * and at most 10⁶, not necessarily whole. It is the regularised incomplete beta function I_x(ν/2, 1/2) at x = ν / (ν + t²) (Abramowitz &
 * Stegun 1964, 26.7.1 with 26.5.2). NaN for NaN.
 */
export function studentPValue(t: number, degreesOfFreedom: number): number {
  if (Number.isNaN(t) || Number.isNaN(degreesOfFreedom)) return Number.NaN;
  const ratio = (t * t) / degreesOfFreedom;
  if (ratio === 0) return 1;
  if (ratio === Number.POSITIVE_INFINITY) return 0;
  const a = degreesOfFreedom / 2;
  const x = 1 / (1 + ratio);
  const complement = ratio / (1 + ratio);
  // x^a (1 − x)^½ / B(a, ½); the logarithm keeps its digits where x is close to 1.
  const front = (Math.exp(-a * Math.log1p(ratio)) * Math.sqrt(complement) * gammaRatio(a)) / Math.sqrt(Math.PI);
  if (x < (a + 1) / (a + 2.5)) return (front * betaFraction(x, a, 0.5)) / a;
  return 1 - 2 * front * betaFraction(complement, 0.5, a);
}

/**
 * The value that Student's t stays within, on both sides of 0, with probability `level`, 0 < level < 1: the half-width of an interval in
 * standard errors. Found by bisection of `studentPValue`.
 */
export function studentHalfWidth(level: number, degreesOfFreedom: number): number {
  let high = 1;
  while (studentPValue(high, degreesOfFreedom) > 1 - level) high *= 2;
  let low = 0;
  for (let middle = high / 2; low < middle && middle < high; middle = (low + high) / 2) {
    if (studentPValue(middle, degreesOfFreedom) > 1 - level) low = middle;
    else high = middle;
  }
  return high;
}

// Γ(x + ½) / Γ(x): its asymptotic series where that is exact to the last digit, reached by Γ(x + 1) = x Γ(x).
function gammaRatio(x: number): number {
  let factor = 1;
  let shifted = x;
  for (; shifted < 200; shifted++) factor *= shifted / (shifted + 0.5);
  const inverse = 1 / shifted;
  const series =
    1 +
    inverse *
      (-1 / 8 + inverse * (1 / 128 + inverse * (5 / 1024 + inverse * (-21 / 32768 - (399 / 262144) * inverse))));
  return factor * Math.sqrt(shifted) * series;
}

// The continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated from the front (Lentz 1976).
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let numerator = 1;
  let denominator = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let value = denominator;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    denominator = 1 / (1 + even * denominator || tiny);
    numerator = 1 + even / numerator || tiny;
    value *= denominator * numerator;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = 1 / (1 + odd * denominator || tiny);
    numerator = 1 + odd / numerator || tiny;
    const step = denominator * numerator;
    value *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return value;
}
