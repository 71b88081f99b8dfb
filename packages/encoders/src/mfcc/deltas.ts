import { DataError } from '@refrain/core';
import type { FrameSeries } from './mfcc.ts';

/** Frames that a difference looks at. */
export const DELTA_WIDTH = 9;
const HALF_WIDTH = 4;

// Least squares over t = −4 … 4 (Savitzky & Golay 1964): the slope of a line has weights t / Σt², the second derivative of a
// parabola 2·(t² − mean t²) / Σ(t² − mean t²)². Σt² is 60, its mean 20/3, the last sum 308.
const WEIGHTS = {
  1: Float64Array.from({ length: DELTA_WIDTH }, (_, i) => (i - HALF_WIDTH) / 60),
  2: Float64Array.from({ length: DELTA_WIDTH }, (_, i) => (2 * ((i - HALF_WIDTH) ** 2 - 20 / 3)) / 308),
} as const;

/**
 * The first (`order` 1) or second (`order` 2) time derivative of a series, per frame: of the line or parabola fitted to the nine
 * frames around it. The first and last four frames, which have no nine frames around them, have the derivative of the fit to the
 * first and last nine. Throws a DataError for fewer than nine frames.
 */
export function deltas(series: FrameSeries, order: 1 | 2): FrameSeries {
  const { data, values, frames } = series;
  if (frames < DELTA_WIDTH) {
    throw new DataError('mfcc', `Differences in time need at least ${DELTA_WIDTH} frames, there are ${frames}.`);
  }
  const weights = WEIGHTS[order];
  const derivative = new Float64Array(data.length);
  for (let row = 0; row < data.length; row += frames) {
    const last = frames - 1 - HALF_WIDTH;
    for (let t = HALF_WIDTH; t <= last; t++) {
      let sum = 0;
      for (let w = 0; w < DELTA_WIDTH; w++) sum += weights[w]! * data[row + t - HALF_WIDTH + w]!;
      derivative[row + t] = sum;
    }
    // Neither derivative changes along its own fit, so the fit at an edge has that of its middle frame.
    derivative.fill(derivative[row + HALF_WIDTH]!, row, row + HALF_WIDTH);
    derivative.fill(derivative[row + last]!, row + last + 1, row + frames);
  }
  return { data: derivative, values, frames };
}
