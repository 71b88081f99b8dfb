/** The share of false discoveries that the rule `fdr` accepts. */
const FALSE_DISCOVERY_RATE = 0.05;

/** The median absolute deviation of a normal distribution, times this, is its standard deviation. */
const DEVIATION_TO_SD = 1.4826;

/**
 * The lowest of similarities that is no chance, from their histogram: `counts` of equal bins over −1…1. They are tested against their own bulk with
 * a false discovery rate of `q`, by the step-up rule: the k highest stand out for the largest k with p₍ₖ₎ ≤ q·k/m. The bulk is normal: μ is
 * the median, σ 1.4826 times the median of μ − s over those with s ≤ μ, so that redundant pairs, which are high, do not widen it. The
 * result is the lower edge of a bin, +Infinity when none qualifies.
 *
 * Benjamini & Hochberg 1995, "Controlling the false discovery rate", section 3.1.
 */
export function discoveryThresholdOfHistogram(counts: ArrayLike<number>, q = FALSE_DISCOVERY_RATE): number {
  const width = 2 / counts.length;
  let total = 0;
  for (let bin = 0; bin < counts.length; bin++) total += counts[bin]!;
  if (total === 0) return Infinity;
  const mean = quantileOfHistogram(counts, total / 2);
  const sd = DEVIATION_TO_SD * (mean - quantileOfHistogram(counts, total / 4));
  let threshold = Infinity;
  let above = 0;
  for (let bin = counts.length - 1; bin >= 0 && -1 + bin * width > mean; bin--) {
    if (counts[bin] === 0) continue;
    above += counts[bin]!;
    const p = normalTail((-1 + (bin + 0.5) * width - mean) / sd);
    if (p <= (q * above) / total) threshold = -1 + bin * width;
  }
  return threshold;
}

/**
 * The lowest of the scores at which the pairs that chance would bring are at most a share `q` of those found: of `all` pairs of strangers, whose
 * scores are normal, that many reach a score z as there are times its tail probability. `falling` are the highest scores; +Infinity where none qualifies.
 *
 * Benjamini & Hochberg 1995, section 3.1.
 */
export function lowestRareScore(falling: Float64Array, all: number, q: number): number {
  // From the lowest on, of which there are most: the first that is rare enough is the one that is sought.
  for (let place = falling.length - 1; place >= 0; place--) {
    if (all * normalTail(falling[place]!) <= q * (place + 1)) return falling[place]!;
  }
  return Infinity;
}

/** Where the lowest rare score lies, from counts of scores in equal bins. */
export interface RareScores {
  /** No score below it can be rare enough; +Infinity where none is at all. */
  readonly earliest: number;
  /** How many scores there are from there on. */
  readonly atEarliest: number;
  /** The lowest end of a bin from which on scores are rare enough, as counted. */
  readonly latest: number;
  /** The end of the highest bin that is not empty. */
  readonly top: number;
}

/** What counts of scores say of `lowestRareScore`: a score may have been counted one bin off. The last bin holds all above it too. */
export function lowestRareOfCounts(
  counts: ArrayLike<number>,
  { from, to, bins }: { readonly from: number; readonly to: number; readonly bins: number },
  all: number,
  q: number,
): RareScores {
  const edge = (bin: number) => from + (bin * (to - from)) / bins;
  let [earliest, latest, top, atEarliest, above] = [Infinity, Infinity, from, 0, 0];
  for (let bin = bins - 1; bin >= 0; bin--) {
    above += counts[bin]!;
    if (above > 0 && top === from) top = edge(bin + 1);
    const within = above + (bin > 0 ? counts[bin - 1]! : 0);
    const end = bin + 2 >= bins ? Infinity : edge(bin + 2);
    if (above > 0 && all * normalTail(edge(bin)) <= q * above) latest = edge(bin);
    if (within > 0 && all * normalTail(end) <= q * within) [earliest, atEarliest] = [edge(bin), above];
  }
  return { earliest, atEarliest, latest, top };
}

/**
 * The similarity below which `rank` (above 0, at most their number) of the counted ones lie, as if those of a bin were spread evenly over it.
 * `counts` of equal bins over −1…1.
 */
export function quantileOfHistogram(counts: ArrayLike<number>, rank: number): number {
  const width = 2 / counts.length;
  let below = 0;
  let bin = 0;
  while (below + counts[bin]! < rank) below += counts[bin++]!;
  return -1 + (bin + (rank - below) / counts[bin]!) * width;
}

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
