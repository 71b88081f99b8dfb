/**
 * Triangular filters over the bins of a power spectrum, without their zeros: filter b weighs bins first[b] … with weights[offset[b] … offset[b+1]).
 */
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
    const end = Math.min(fftSize / 2, Math.ceil((high * fftSize) / sampleRate));
    for (let bin = Math.floor((low * fftSize) / sampleRate); bin <= end; bin++) {
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
