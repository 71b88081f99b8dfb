/** Factors on the three bands of a mixing desk: below about 300 Hz, in between, above about 2,500 Hz. */
export interface Tone {
  readonly bass: number;
  readonly middle: number;
  readonly treble: number;
}

const BASS_HZ = 300;
const TREBLE_HZ = 2500;

/** Weighs the bands of a signal in place, with a first-order crossover at each border: factors of 1 leave it as it is. */
export function equalize(samples: Float32Array, sampleRate: number, { bass, middle, treble }: Tone): void {
  const slow = 1 - Math.exp((-2 * Math.PI * BASS_HZ) / sampleRate);
  const quick = 1 - Math.exp((-2 * Math.PI * TREBLE_HZ) / sampleRate);
  let low = 0;
  let lowAndMiddle = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    low += slow * (sample - low);
    lowAndMiddle += quick * (sample - lowAndMiddle);
    samples[i] = bass * low + middle * (lowAndMiddle - low) + treble * (sample - lowAndMiddle);
  }
}

/** Makes a signal swing about zero, as some recordings of the font don't: a high-pass of first order, in place, at 18 Hz for 22,050 Hz. */
export function removeOffset(samples: Float32Array): void {
  let before = 0;
  let result = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    result = sample - before + 0.995 * result;
    before = sample;
    samples[i] = result;
  }
}

const HALF = 15;

/**
 * The signal without what lies above `cutoff` (as a share of its sample rate, 0…0.5): a Hann-windowed sinc of 31 taps,
 * so about −6 dB at the cutoff. Same length, no delay; beyond both ends the signal counts as zero.
 */
export function lowPass(samples: Float32Array, cutoff: number): Float32Array {
  const taps = tapsFor(cutoff);
  const padded = new Float64Array(samples.length + 2 * HALF);
  padded.set(samples, HALF);
  const result = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const centre = i + HALF;
    let sum = taps[0]! * padded[centre]!;
    for (let k = 1; k <= HALF; k++) sum += taps[k]! * (padded[centre - k]! + padded[centre + k]!);
    result[i] = sum;
  }
  return result;
}

// One side of a symmetric filter that passes 0 Hz unchanged.
function tapsFor(cutoff: number): Float64Array {
  const taps = new Float64Array(HALF + 1);
  taps[0] = 2 * cutoff;
  for (let k = 1; k <= HALF; k++) {
    const window = 0.5 + 0.5 * Math.cos((Math.PI * k) / (HALF + 1));
    taps[k] = (Math.sin(2 * Math.PI * cutoff * k) / (Math.PI * k)) * window;
  }
  const gain = taps.reduce((sum, tap, k) => sum + (k === 0 ? tap : 2 * tap), 0);
  return taps.map((tap) => tap / gain);
}

/**
 * Delays of the combs and all-passes in seconds: those of Schroeder (1962) as tuned by the public-domain Freeverb (Jezar
 * 2000).
 */
const COMBS = [0.0253, 0.0269, 0.029, 0.0307, 0.0322, 0.0338];
const ALL_PASSES = [0.0126, 0.01, 0.0051];
const FEEDBACK = 0.8;
const DAMPING = 0.35;

/**
 * Adds a room to a mono signal in place: six damped combs in parallel, three all-passes in series. `wet` is their share,
 * 0…1.
 */
export function addReverb(samples: Float32Array, sampleRate: number, wet: number): void {
  const tail = new Float32Array(samples.length);
  for (const delay of COMBS) comb(samples, tail, Math.round(delay * sampleRate));
  for (const delay of ALL_PASSES) allPass(tail, Math.round(delay * sampleRate));
  const gain = wet / COMBS.length;
  for (let i = 0; i < samples.length; i++) samples[i] = (1 - 0.4 * wet) * samples[i]! + gain * tail[i]!;
}

function comb(input: Float32Array, output: Float32Array, length: number): void {
  const line = new Float32Array(length);
  let damped = 0;
  for (let i = 0, at = 0; i < input.length; i++, at = at + 1 === length ? 0 : at + 1) {
    const delayed = line[at]!;
    damped = delayed * (1 - DAMPING) + damped * DAMPING;
    line[at] = input[i]! + damped * FEEDBACK;
    output[i]! += delayed;
  }
}

function allPass(signal: Float32Array, length: number): void {
  const line = new Float32Array(length);
  for (let i = 0, at = 0; i < signal.length; i++, at = at + 1 === length ? 0 : at + 1) {
    const delayed = line[at]!;
    const input = signal[i]!;
    line[at] = input + delayed * 0.5;
    signal[i] = delayed - input * 0.5;
  }
}
