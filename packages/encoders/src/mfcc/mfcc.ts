import FFT from 'fft.js';
import { type MelFilterbank, melFilterbank } from './melFilterbank.ts';

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
