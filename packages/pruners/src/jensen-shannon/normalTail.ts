const SERIES_BELOW = 2;

/**
 * The probability that a standard normal variable exceeds `z`, accurate to about 1e-13 of itself as far out as float64 reaches (z ≈ 37.5;
 * beyond, 0).
 *
 * Near the middle by the series of Abramowitz & Stegun 1964, 26.2.11, whose terms are all positive; in the tail by Laplace's continued
 * fraction (26.2.14), evaluated from its far end.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z < SERIES_BELOW ? 0.5 - density * centralSeries(z) : density / tailFraction(z);
}

/** z + z³/3 + z⁵/(3·5) + z⁷/(3·5·7) + … */
function centralSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** z + 1/(z + 2/(z + 3/(z + …))): 200 levels give 15 digits at z = 2, where it converges slowest. */
function tailFraction(z: number): number {
  let fraction = z;
  for (let level = 200; level >= 1; level--) fraction = z + level / fraction;
  return fraction;
}
