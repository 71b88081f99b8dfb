import { resample } from '@refrain/audio';
import { largest, type Waveform } from '@refrain/core';
import { decibels, type MfccPlan, melPower, mfccPlan } from '@refrain/encoders';
import type { SoundPicture } from '@refrain/pruned-dataset';

const PEAKS = 400;

/** Bands and stretches of time of the spectrogram. */
const BANDS = 64;
const STRETCHES = 160;

/** All pictures reach up to 11 kHz, so that those of two files can be compared. */
const SAMPLE_RATE = 22_050;

/** So many samples of a stretch of long audio are looked at, from its middle: 0.4 seconds. Of shorter audio all are. */
const LOOKED_AT = 8192;

/** What is this much softer than the loudest is black. */
const RANGE_DB = 80;

let plan: MfccPlan | undefined;

/** A clip as it looks: the peaks of 400 stretches of time, and the mel spectrum of 160 in 64 bands up to 11 kHz, the loudest value of which is 255. */
export async function soundPicture(waveform: Waveform): Promise<SoundPicture> {
  const { samples } = await resample(waveform, SAMPLE_RATE);
  plan ??= mfccPlan(SAMPLE_RATE);
  return {
    peaks: base64(peaksOf(waveform.samples)),
    spectrogram: base64(levelsOf(spectrum(samples, plan))),
    bands: BANDS,
  };
}

const base64 = (values: Uint8Array) => Buffer.from(values).toString('base64');

/** Where the stretch `at` of `count` begins among `length` values, and where it ends: behind at least one. */
function stretch(at: number, count: number, length: number): readonly [from: number, to: number] {
  const from = Math.min(length - 1, Math.floor((at * length) / count));
  return [from, Math.max(from + 1, Math.floor(((at + 1) * length) / count))];
}

function peaksOf(samples: Float32Array): Uint8Array {
  return Uint8Array.from({ length: PEAKS }, (_, at) => {
    const [from, to] = stretch(at, PEAKS, samples.length);
    let peak = 0;
    for (let i = from; i < to; i++) peak = Math.max(peak, Math.abs(samples[i]!));
    return Math.min(255, Math.round(255 * peak));
  });
}

/** The power in each band and stretch of time, bands × stretches. */
function spectrum(samples: Float32Array, plan: MfccPlan): Float64Array {
  const power = new Float64Array(BANDS * STRETCHES);
  const isLong = samples.length > STRETCHES * LOOKED_AT;
  const whole = isLong ? undefined : melPower(samples, plan);
  for (let at = 0; at < STRETCHES; at++) {
    const frames = whole ?? melPower(middleOf(samples, at), plan);
    const count = frames.length / plan.filterbank.bands;
    const [from, to] = isLong ? [0, count] : stretch(at, STRETCHES, count);
    addFrames(frames, { from, to, bands: plan.filterbank.bands }, (band, value) => {
      power[band * STRETCHES + at]! += value;
    });
  }
  return power;
}

function middleOf(samples: Float32Array, at: number): Float32Array {
  const [from, to] = stretch(at, STRETCHES, samples.length);
  const start = Math.floor((from + to - LOOKED_AT) / 2);
  return samples.subarray(start, start + LOOKED_AT);
}

/** Shares out the mean of frames `from … to − 1` among the bands of the picture. */
function addFrames(
  frames: Float64Array,
  { from, to, bands }: { readonly from: number; readonly to: number; readonly bands: number },
  add: (band: number, value: number) => void,
): void {
  const wide = bands / BANDS;
  for (let frame = from; frame < to; frame++)
    for (let band = 0; band < bands; band++)
      add(Math.floor(band / wide), frames[frame * bands + band]! / (wide * (to - from)));
}

function levelsOf(power: Float64Array): Uint8Array {
  const levels = decibels(power);
  const loudest = largest(levels);
  // Silence has no loudest value.
  if (largest(power) === 0) return new Uint8Array(levels.length);
  return Uint8Array.from(levels, (level) => Math.round((255 * (level - loudest + RANGE_DB)) / RANGE_DB));
}
