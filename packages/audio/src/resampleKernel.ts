/** A polyphase low-pass filter that turns `down` input samples into `up` output samples. */
export interface ResampleKernel {
  readonly up: number;
  readonly down: number;
  /** Filter coefficients per phase. */
  readonly taps: number;
  /** Index of the coefficient that falls on the input sample at or before the output's time. */
  readonly center: number;
  /** Row-major `up × taps`. Row `phase` is for outputs that lie phase/up behind an input sample. */
  readonly phases: Float64Array;
}

/** The sizes of a kernel, without its coefficients. */
export type KernelShape = Omit<ResampleKernel, 'phases'>;

// The defaults of FFmpeg's libswresample 4 (options filter_size, cutoff, kaiser_beta).
const FILTER_SIZE = 32;
const CUTOFF = 0.97;
const KAISER_BETA = 9;

/** The sizes of the kernel from `source` to `target` Hz, both whole numbers. */
export function kernelShape(source: number, target: number): KernelShape {
  const divisor = greatestCommonDivisor(source, target);
  const taps = Math.ceil(FILTER_SIZE / cutoffFactor(source, target));
  return { up: target / divisor, down: source / divisor, taps, center: Math.floor((taps - 1) / 2) };
}

/**
 * FFmpeg's default resampling filter (libswresample/resample.c, `build_filter`): a sinc below the lower of both Nyquist frequencies,
 * under a Kaiser window (Kaiser & Schafer 1980), scaled so that the coefficients of phase 0 sum to 1.
 */
export function resampleKernel(source: number, target: number): ResampleKernel {
  const shape = kernelShape(source, target);
  const { up, taps, center } = shape;
  const factor = cutoffFactor(source, target);
  const phases = new Float64Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    for (let i = 0; i < taps; i++) {
      const time = i - center - phase / up;
      const position = (2 * time) / taps;
      const window = besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - position * position)));
      phases[phase * taps + i] = sinc(factor * time) * window;
    }
  }
  const sum = phases.subarray(0, taps).reduce((total, value) => total + value, 0);
  for (let i = 0; i < phases.length; i++) phases[i]! /= sum;
  return { ...shape, phases };
}

function cutoffFactor(source: number, target: number): number {
  return Math.min((CUTOFF * target) / source, 1);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of order 0 by its power series (Abramowitz & Stegun 1964, 9.6.12), exact to rounding for x ≤ 9. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
