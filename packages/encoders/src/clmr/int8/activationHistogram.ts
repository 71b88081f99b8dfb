/**
 * How often values ≥ 0 of each size came: bin b counts those in [b·width, (b + 1)·width). The width is a power of two that grows with the
 * largest value, so the same values give the same histogram in whatever order and pieces they come.
 */
export interface ActivationHistogram {
  width: number;
  /** The largest value so far. */
  largest: number;
  /** How many values came. */
  count: number;
  readonly bins: Float64Array;
}

const BINS = 8192;

/** Below any activation that matters; it must only be a power of two. */
const FIRST_WIDTH = 2 ** -60;

/** A histogram of nothing. */
export function emptyHistogram(): ActivationHistogram {
  return { width: FIRST_WIDTH, largest: 0, count: 0, bins: new Float64Array(BINS) };
}

/** Counts `values`, all ≥ 0. With an infinite one among them the largest is infinite, and nothing is counted. */
export function addValues(histogram: ActivationHistogram, values: Float32Array): void {
  let { largest } = histogram;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  histogram.largest = largest;
  if (largest === Number.POSITIVE_INFINITY) return;
  while (largest >= histogram.width * BINS) halve(histogram);
  const { bins } = histogram;
  const perWidth = 1 / histogram.width;
  for (let i = 0; i < values.length; i++) bins[(values[i]! * perWidth) | 0]!++;
  histogram.count += values.length;
}

/** Joins the bins two by two into bins twice as wide. */
function halve(histogram: ActivationHistogram): void {
  const { bins } = histogram;
  for (let b = 0; b < BINS / 2; b++) bins[b] = bins[2 * b]! + bins[2 * b + 1]!;
  bins.fill(0, BINS / 2);
  histogram.width *= 2;
}

/**
 * The value that at least the share `share` of all values do not exceed: the least such one, up to a bin above it, that is at most the
 * 4,096th part of the largest. 0 for a histogram of nothing or of zeros.
 */
export function percentile({ width, largest, count, bins }: ActivationHistogram, share: number): number {
  const wanted = Math.ceil(share * count);
  let below = 0;
  let b = 0;
  while (b < BINS && below < wanted) below += bins[b++]!;
  return Math.min(b * width, largest);
}
