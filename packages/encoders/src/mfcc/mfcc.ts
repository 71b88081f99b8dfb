import { DataError } from '@refrain/core';
import { type MelFilterbank, melFilterbank } from './mel.ts';
import { FFT_SIZE, MfccMemory } from './mfccMemory.ts';

/** Several numbers per frame, each number's course in time in one run: value i of frame t is `data[i * frames + t]`. */
export interface FrameSeries {
  readonly data: Float64Array;
  readonly values: number;
  readonly frames: number;
}

/** The filters for one sample rate, computed once. */
export interface MfccPlan {
  readonly sampleRate: number;
  readonly filterbank: MelFilterbank;
}

// librosa's defaults (McFee et al. 2015), which other people's MFCCs of music are usually made with. assembly/mfcc.ts has them too.
/** From the start of one frame to the start of the next, in samples. */
export const FRAME_HOP = 512;
const MEL_BANDS = 128;
const COEFFICIENTS = 20;
const BINS = FFT_SIZE / 2 + 1;
const LOWEST_POWER = 1e-10;
const DYNAMIC_RANGE_DB = 80;

/**
 * The orthonormal DCT-II, by band of the lower half: the even coefficients, then the odd ones. In the upper half those are the same backwards, and these
 * the same with another sign.
 */
const COSINES = Float64Array.from({ length: (MEL_BANDS / 2) * COEFFICIENTS }, (_, i) => {
  const [band, place] = [Math.floor(i / COEFFICIENTS), i % COEFFICIENTS];
  const half = COEFFICIENTS / 2;
  const k = place < half ? 2 * place : 2 * (place - half) + 1;
  const scale = Math.sqrt((k === 0 ? 1 : 2) / MEL_BANDS);
  return scale * Math.cos((Math.PI * k * (2 * band + 1)) / (2 * MEL_BANDS));
});

/** Everything `mfccFrames` needs to know for a sample rate in Hz. */
export function mfccPlan(sampleRate = 22_050): MfccPlan {
  return { sampleRate, filterbank: melFilterbank(sampleRate, FFT_SIZE, MEL_BANDS) };
}

/** How many frames `samples` samples have: one every FRAME_HOP samples, the first centred on sample 0. */
export function frameCount(samples: number): number {
  return 1 + Math.floor(samples / FRAME_HOP);
}

/**
 * The power spectrum, frames × (FFT_SIZE / 2 + 1): squared magnitudes of Hann-windowed (periodic) frames of FFT_SIZE samples.
 * Zeros stand in for what lies before the first sample and after the last.
 */
export function powerSpectrum(samples: Float32Array): Float64Array {
  const frames = frameCount(samples.length);
  const memory = MfccMemory.forTask();
  const power = memory.room(frames * BINS);
  memory.run('powerSpectrum', memory.amongZeros(samples, FFT_SIZE / 2), frames, memory.tables, power);
  return memory.read(power, frames * BINS);
}

/** The power in each mel band, frames × MEL_BANDS. */
export function melPower(samples: Float32Array, plan: MfccPlan): Float64Array {
  const memory = MfccMemory.forTask();
  return memory.read(placeMelPower(memory, samples, plan), frameCount(samples.length) * MEL_BANDS);
}

function placeMelPower(memory: MfccMemory, samples: Float32Array, { filterbank }: MfccPlan): number {
  const frames = frameCount(samples.length);
  const [first, offset, weights] = [filterbank.first, filterbank.offset, filterbank.weights].map((part) =>
    memory.copy(part),
  ) as [number, number, number];
  const mel = memory.room(frames * MEL_BANDS);
  memory.run('melPower', memory.amongZeros(samples, FFT_SIZE / 2), frames, memory.tables, first, offset, weights, mel);
  return mel;
}

/** Power in decibels (reference 1), not below −100 dB nor more than 80 dB below the loudest value given. */
export function decibels(power: Float64Array): Float64Array {
  const memory = MfccMemory.forTask();
  const levels = memory.copy(power);
  makeDecibels(memory, levels, power.length);
  return memory.read(levels, power.length);
}

function makeDecibels(memory: MfccMemory, power: number, length: number): void {
  memory.run('decibels', power, length, LOWEST_POWER, DYNAMIC_RANGE_DB);
}

/**
 * The first COEFFICIENTS mel-frequency cepstral coefficients of every frame (Davis & Mermelstein 1980, with librosa's defaults):
 * the orthonormal DCT-II over the bands of the mel spectrum in decibels. `samples` are at the plan's rate.
 */
export function mfccFrames(samples: Float32Array, plan: MfccPlan = mfccPlan()): FrameSeries {
  const memory = MfccMemory.forTask();
  const frames = frameCount(samples.length);
  const series = placeCepstrum(memory, samples, plan);
  return { data: memory.read(series, COEFFICIENTS * frames), values: COEFFICIENTS, frames };
}

function placeCepstrum(memory: MfccMemory, samples: Float32Array, plan: MfccPlan): number {
  const frames = frameCount(samples.length);
  const levels = placeMelPower(memory, samples, plan);
  makeDecibels(memory, levels, frames * MEL_BANDS);
  const series = memory.room(COEFFICIENTS * frames);
  memory.run('cepstrum', levels, frames, memory.copy(COSINES), series);
  return series;
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
export function deltas({ data, values, frames }: FrameSeries, order: 1 | 2): FrameSeries {
  const memory = MfccMemory.forTask();
  const derivative = placeDeltas(memory, memory.copy(data), values, frames, order);
  return { data: memory.read(derivative, values * frames), values, frames };
}

function placeDeltas(memory: MfccMemory, series: number, values: number, frames: number, order: 1 | 2): number {
  if (frames < DELTA_WIDTH) {
    throw new DataError('mfcc', `Differences in time need at least ${DELTA_WIDTH} frames, there are ${frames}.`);
  }
  const derivative = memory.room(values * frames);
  memory.run('deltas', series, values, frames, memory.copy(WEIGHTS[order]), derivative);
  return derivative;
}

/** Numbers in the summary of MFCCs. */
export const SUMMARY_SIZE = 6 * COEFFICIENTS;

/**
 * Mean and standard deviation (over n) in time of a series and of its first and second differences: the means of the series, of
 * the first, of the second differences, then the standard deviations in that order. Throws a DataError for fewer than nine frames.
 */
export function summary({ data, values, frames }: FrameSeries): Float64Array {
  const memory = MfccMemory.forTask();
  return summarize(memory, memory.copy(data), values, frames);
}

/** The `summary` of the MFCCs of samples, as `mfccFrames` has them. */
export function mfccSummary(samples: Float32Array, plan: MfccPlan): Float64Array {
  const memory = MfccMemory.forTask();
  return summarize(memory, placeCepstrum(memory, samples, plan), COEFFICIENTS, frameCount(samples.length));
}

function summarize(memory: MfccMemory, series: number, values: number, frames: number): Float64Array {
  const numbers = memory.room(6 * values);
  const of = [series, ...([1, 2] as const).map((order) => placeDeltas(memory, series, values, frames, order))];
  for (const [index, part] of of.entries()) {
    const means = numbers + index * values * Float64Array.BYTES_PER_ELEMENT;
    memory.run('summary', part, values, frames, means, means + of.length * values * Float64Array.BYTES_PER_ELEMENT);
  }
  return memory.read(numbers, 2 * of.length * values);
}
