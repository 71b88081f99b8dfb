import { mirrored } from './mirrored.ts';
import type { ResampleKernel } from './resampleKernel.ts';

/** Outputs computed per stretch of mirrored input, so that no second copy of a long file is held. */
const OUTPUTS_PER_STRETCH = 65_536;

/** `count` resampled samples, summed in float64: output o lies at input time o·down/up. */
export function resampleByLoop(samples: Float32Array, kernel: ResampleKernel, count: number): Float32Array {
  const { up, down, taps, center, phases } = kernel;
  const output = new Float32Array(count);
  for (let first = 0; first < count; first += OUTPUTS_PER_STRETCH) {
    const last = Math.min(first + OUTPUTS_PER_STRETCH, count) - 1;
    const start = Math.floor((first * down) / up) - center;
    const stretch = mirrored(samples, start, Math.floor((last * down) / up) - center - start + taps);
    for (let o = first; o <= last; o++) {
      const time = o * down;
      const from = Math.floor(time / up) - center - start;
      const row = (time % up) * taps;
      let sum = 0;
      for (let i = 0; i < taps; i++) sum += phases[row + i]! * stretch[from + i]!;
      output[o] = sum;
    }
  }
  return output;
}
