const WITHOUT_SIGN = 0x7fffffff;

/**
 * The largest magnitude of the samples, 0 of none; NaN where one is no number. Magnitudes are compared as integers, whose order floats without their
 * sign have, and four at a time: that takes half as long.
 */
export function peakOf(samples: Float32Array): number {
  const bits = new Int32Array(samples.buffer, samples.byteOffset, samples.length);
  const whole = bits.length - (bits.length % 4);
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = bits[i]! & WITHOUT_SIGN;
    const b = bits[i + 1]! & WITHOUT_SIGN;
    const c = bits[i + 2]! & WITHOUT_SIGN;
    const d = bits[i + 3]! & WITHOUT_SIGN;
    if (a > first) first = a;
    if (b > second) second = b;
    if (c > third) third = c;
    if (d > fourth) fourth = d;
  }
  for (let i = whole; i < bits.length; i++) first = Math.max(first, bits[i]! & WITHOUT_SIGN);
  const largest = Int32Array.of(Math.max(first, second, third, fourth));
  return new Float32Array(largest.buffer)[0]!;
}

/** How many samples have this magnitude, which is no less than 0, or a larger one. */
export function countFrom(magnitude: number, samples: Float32Array): number {
  const bits = new Int32Array(samples.buffer, samples.byteOffset, samples.length);
  const least = new Int32Array(Float32Array.of(magnitude).buffer)[0]!;
  let count = 0;
  // The sign of the difference is 1 where it is too small; without a branch, as loud music would have it guessed wrong.
  for (let i = 0; i < bits.length; i++) count += 1 - (((bits[i]! & WITHOUT_SIGN) - least) >>> 31);
  return count;
}
