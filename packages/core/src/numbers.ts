/** The whole number nearest to `x`, of two the upper one: ⌊x + ½⌋, by which every share of clips becomes a count of clips. */
export function roundHalfUp(x: number): number {
  return Math.floor(x + 0.5);
}

/** The largest of any number of values; −Infinity for none, NaN where one is NaN. */
export function largest(values: Iterable<number>): number {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** The mean, summed in the order of the values; NaN for none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** The variance of a sample, with n − 1 below the line; NaN for fewer than two values. */
export function sampleVariance(values: ArrayLike<number>): number {
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2;
  return squares / (values.length - 1);
}

/** The middle one of sorted values, or the mean of the two in the middle; NaN for none. */
export function median(ascending: ArrayLike<number>): number {
  const half = ascending.length >> 1;
  return ascending.length % 2 === 1 ? ascending[half]! : (ascending[half - 1]! + ascending[half]!) / 2;
}

/**
 * The value below which the share `share`, 0…1, of sorted values lies, linear between neighbours: entry share·(n − 1), counted from 0
 * (Hyndman & Fan 1996, definition 7; numpy's default). NaN for no values.
 */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const position = share * (ascending.length - 1);
  const below = Math.floor(position);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[below + 1] ?? low;
  return low + (high - low) * (position - below);
}

/** The softmax of the values, written to `into`: they add up to 1, and no finite value overflows. */
export function softmax(values: ArrayLike<number>, into: Float64Array = new Float64Array(values.length)): Float64Array {
  let greatest = -Infinity;
  for (let k = 0; k < values.length; k++) greatest = Math.max(greatest, values[k]!);
  let sum = 0;
  for (let k = 0; k < values.length; k++) {
    into[k] = Math.exp(values[k]! - greatest);
    sum += into[k]!;
  }
  for (let k = 0; k < values.length; k++) into[k]! /= sum;
  return into;
}
