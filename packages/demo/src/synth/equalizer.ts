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
