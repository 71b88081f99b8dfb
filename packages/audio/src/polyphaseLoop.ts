import { mirrored } from './mirrored.ts';
import type { ResampleKernel } from './resampleKernel.ts';

/** Outputs computed per stretch of mirrored input, so that no second copy of a long file is held. */
const OUTPUTS_PER_STRETCH = 65_536;

/** `count` resampled samples, summed in float64: output o lies at input time o·down/up. */
export function resampleByLoop(samples: Float32Array, kernel: ResampleKernel, count: number): Float32Array {
  const { up, down, taps, center, phases } = kernel;
  const wholeStep = Math.floor(down / up);
  const phaseStep = down % up;
  const output = new Float32Array(count);
  for (let first = 0; first < count; first += OUTPUTS_PER_STRETCH) {
    const end = Math.min(first + OUTPUTS_PER_STRETCH, count);
    const start = Math.floor((first * down) / up);
    const lastTime = Math.floor(((end - 1) * down) / up);
    const stretch = mirrored(samples, start - center, lastTime - start + taps);
    let from = 0;
    // Counted on in whole numbers: o · down soon exceeds 32 bits, where a remainder is slow.
    let phase = (first * down) % up;
    for (let o = first; o < end; o++) {
      const row = phase * taps;
      let sum = 0;
      for (let i = 0; i < taps; i++) sum += phases[row + i]! * stretch[from + i]!;
      output[o] = sum;
      from += wholeStep;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        from++;
      }
    }
  }
  return output;
}
