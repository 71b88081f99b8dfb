import { deltas } from './deltas.ts';
import { COEFFICIENTS, type FrameSeries } from './mfcc.ts';

/** Numbers in a `summary` of MFCCs. */
export const SUMMARY_SIZE = 6 * COEFFICIENTS;

/**
 * Mean and standard deviation (over n) in time of a series and of its first and second differences: the means of the series, of
 * the first, of the second differences, then the standard deviations in that order. Needs at least nine frames.
 */
export function summary(series: FrameSeries): Float64Array {
  const parts = [series, deltas(series, 1), deltas(series, 2)];
  const numbers = new Float64Array(2 * parts.length * series.values);
  for (const [index, part] of parts.entries()) {
    const { data, values, frames } = part;
    for (let i = 0; i < values; i++) {
      const course = data.subarray(i * frames, (i + 1) * frames);
      let mean = 0;
      for (const value of course) mean += value / frames;
      let variance = 0;
      for (const value of course) variance += (value - mean) ** 2 / frames;
      numbers[index * values + i] = mean;
      numbers[(parts.length + index) * values + i] = Math.sqrt(variance);
    }
  }
  return numbers;
}
