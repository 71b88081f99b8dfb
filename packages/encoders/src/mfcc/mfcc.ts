import { DataError } from '@refrain/core';
import FFT from 'fft.js';

/** Several numbers per frame, each number's course in time in one run: value i of frame t is `data[i * frames + t]`. */
export interface FrameSeries {
  readonly data: Float64Array;
  readonly values: number;
  readonly frames: number;
}

/** Windows, filters and transforms for one sample rate, computed once. Not to be shared between threads. */
export interface MfccPlan {
  readonly sampleRate: number;
  readonly window: Float64Array;
  readonly filterbank: MelFilterbank;
  /** Orthonormal DCT-II, `COEFFICIENTS × MEL_BANDS`. */
  readonly cosines: Float64Array;
  /** The discrete Fourier transform of FFT_SIZE complex numbers, real and imaginary parts in turn. */
  readonly transform: (spectrum: Float64Array, values: Float64Array) => void;
}

// librosa's defaults (McFee et al. 2015), which other people's MFCCs of music are usually made with.
const FFT_SIZE = 2048;
export const FRAME_HOP = 512;
const MEL_BANDS = 128;
export const COEFFICIENTS = 20;
const BINS = FFT_SIZE / 2 + 1;
const LOWEST_POWER = 1e-10;
const DYNAMIC_RANGE_DB = 80;

/** Everything `mfccFrames` needs to know for a sample rate in Hz. */
export function mfccPlan(sampleRate = 22_050): MfccPlan {
  const window = Float64Array.from({ length: FFT_SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FFT_SIZE));
  const cosines = new Float64Array(COEFFICIENTS * MEL_BANDS);
  for (let k = 0; k < COEFFICIENTS; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / MEL_BANDS);
    for (let m = 0; m < MEL_BANDS; m++) {
      cosines[k * MEL_BANDS + m] = scale * Math.cos((Math.PI * k * (2 * m + 1)) / (2 * MEL_BANDS));
    }
  }
  const filterbank = melFilterbank(sampleRate, FFT_SIZE, MEL_BANDS);
  const fft = new FFT(FFT_SIZE);
  return { sampleRate, window, filterbank, cosines, transform: (spectrum, values) => fft.transform(spectrum, values) };
}

/** How many frames `samples` samples have: one every FRAME_HOP samples, the first centred on sample 0. */
export function frameCount(samples: number): number {
  return 1 + Math.floor(samples / FRAME_HOP);
}

/**
 * The power spectrum, frames × (FFT_SIZE / 2 + 1): squared magnitudes of Hann-windowed (periodic) frames of FFT_SIZE samples.
 * Zeros stand in for what lies before the first sample and after the last.
 */
export function powerSpectrum(samples: ArrayLike<number>, plan: MfccPlan): Float64Array {
  const frames = frameCount(samples.length);
  const power = new Float64Array(frames * BINS);
  const pair = new Float64Array(2 * FFT_SIZE);
  const spectrum = new Float64Array(2 * FFT_SIZE);
  for (let t = 0; t < frames; t += 2) {
    placeFrame(samples, t, plan.window, pair, 0);
    placeFrame(samples, t + 1, plan.window, pair, 1);
    plan.transform(spectrum, pair);
    separatePowers(spectrum, power, t * BINS, t + 1 < frames);
  }
  return power;
}

// One complex transform serves two frames, as its real and imaginary part, a third quicker than two real transforms.
function placeFrame(
  samples: ArrayLike<number>,
  t: number,
  window: Float64Array,
  pair: Float64Array,
  part: 0 | 1,
): void {
  const start = t * FRAME_HOP - FFT_SIZE / 2;
  const from = Math.max(0, -start);
  const to = Math.max(from, Math.min(FFT_SIZE, samples.length - start));
  for (let i = 0; i < from; i++) pair[2 * i + part] = 0;
  for (let i = from; i < to; i++) pair[2 * i + part] = samples[start + i]! * window[i]!;
  for (let i = to; i < FFT_SIZE; i++) pair[2 * i + part] = 0;
}

/** Powers of the two frames in the transform Z of a + ib: A[k] = (Z[k] + Z*[N−k]) / 2 and B[k] = (Z[k] − Z*[N−k]) / 2i. */
function separatePowers(spectrum: Float64Array, power: Float64Array, offset: number, both: boolean): void {
  for (let bin = 0; bin < BINS; bin++) {
    const mirrored = 2 * ((FFT_SIZE - bin) % FFT_SIZE);
    const evenReal = spectrum[2 * bin]! + spectrum[mirrored]!;
    const evenImaginary = spectrum[2 * bin + 1]! + spectrum[mirrored + 1]!;
    const oddReal = spectrum[2 * bin]! - spectrum[mirrored]!;
    const oddImaginary = spectrum[2 * bin + 1]! - spectrum[mirrored + 1]!;
    power[offset + bin] = (evenReal * evenReal + oddImaginary * oddImaginary) / 4;
    if (both) power[offset + BINS + bin] = (evenImaginary * evenImaginary + oddReal * oddReal) / 4;
  }
}

/** The power in each mel band, frames × MEL_BANDS. */
export function melPower(samples: ArrayLike<number>, plan: MfccPlan): Float64Array {
  const { first, offset, weights } = plan.filterbank;
  const power = powerSpectrum(samples, plan);
  const frames = power.length / BINS;
  const mel = new Float64Array(frames * MEL_BANDS);
  for (let t = 0; t < frames; t++) {
    for (let band = 0; band < MEL_BANDS; band++) {
      let sum = 0;
      for (let w = offset[band]!, bin = t * BINS + first[band]!; w < offset[band + 1]!; w++, bin++) {
        sum += weights[w]! * power[bin]!;
      }
      mel[t * MEL_BANDS + band] = sum;
    }
  }
  return mel;
}

/** Power in decibels (reference 1), not below −100 dB nor more than 80 dB below the loudest value given. */
export function decibels(power: Float64Array): Float64Array {
  const levels = new Float64Array(power.length);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < power.length; i++) {
    levels[i] = 10 * Math.log10(Math.max(LOWEST_POWER, power[i]!));
    loudest = Math.max(loudest, levels[i]!);
  }
  const floor = loudest - DYNAMIC_RANGE_DB;
  for (let i = 0; i < levels.length; i++) levels[i] = Math.max(levels[i]!, floor);
  return levels;
}

/**
 * The first COEFFICIENTS mel-frequency cepstral coefficients of every frame (Davis & Mermelstein 1980, with librosa's defaults):
 * the orthonormal DCT-II over the bands of the mel spectrum in decibels. `samples` are at the plan's rate.
 */
export function mfccFrames(samples: ArrayLike<number>, plan: MfccPlan = mfccPlan()): FrameSeries {
  const { cosines } = plan;
  const levels = decibels(melPower(samples, plan));
  const frames = levels.length / MEL_BANDS;
  const data = new Float64Array(COEFFICIENTS * frames);
  for (let k = 0; k < COEFFICIENTS; k++) {
    for (let t = 0; t < frames; t++) {
      let sum = 0;
      for (let m = 0; m < MEL_BANDS; m++) sum += cosines[k * MEL_BANDS + m]! * levels[t * MEL_BANDS + m]!;
      data[k * frames + t] = sum;
    }
  }
  return { data, values: COEFFICIENTS, frames };
}

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

/** Triangular filters over the bins of a power spectrum, without their zeros: filter b weighs bins first[b] … with weights[offset[b] … offset[b+1]). */
export interface MelFilterbank {
  readonly bands: number;
  /** The first bin with a weight above zero. */
  readonly first: Uint32Array;
  /** `bands + 1` ascending offsets into `weights`. */
  readonly offset: Uint32Array;
  readonly weights: Float64Array;
}

// Slaney's Auditory Toolbox (Interval Technical Report 1998-010): linear below 1 kHz, above it 27 steps for each factor of 6.4.
const LINEAR_HZ_PER_MEL = 200 / 3;
const BREAK_HZ = 1000;
const BREAK_MEL = BREAK_HZ / LINEAR_HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/** The mel value of a frequency in Hz on Slaney's scale. */
export function hzToMel(hz: number): number {
  return hz < BREAK_HZ ? hz / LINEAR_HZ_PER_MEL : BREAK_MEL + Math.log(hz / BREAK_HZ) / LOG_STEP;
}

/** The frequency in Hz of a mel value on Slaney's scale. */
export function melToHz(mel: number): number {
  return mel < BREAK_MEL ? mel * LINEAR_HZ_PER_MEL : BREAK_HZ * Math.exp((mel - BREAK_MEL) * LOG_STEP);
}

/**
 * `bands` triangles evenly spaced in mel from 0 Hz to half the sample rate, each of unit area over Hz (Slaney's normalisation,
 * 2 / width), over the bins 0 … fftSize / 2. A band narrower than a bin may hold no weight at all.
 */
export function melFilterbank(sampleRate: number, fftSize: number, bands: number): MelFilterbank {
  const highest = hzToMel(sampleRate / 2);
  const edges = Float64Array.from({ length: bands + 2 }, (_, i) => melToHz((highest * i) / (bands + 1)));
  const first = new Uint32Array(bands);
  const offset = new Uint32Array(bands + 1);
  const weights: number[] = [];
  for (let band = 0; band < bands; band++) {
    const [low, centre, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    for (let bin = 0; bin <= fftSize / 2; bin++) {
      const hz = (bin * sampleRate) / fftSize;
      const height = Math.min((hz - low) / (centre - low), (high - hz) / (high - centre));
      if (height <= 0) continue;
      if (weights.length === offset[band]) first[band] = bin;
      weights.push((height * 2) / (high - low));
    }
    offset[band + 1] = weights.length;
  }
  return { bands, first, offset, weights: Float64Array.from(weights) };
}
