import type { Polyphase } from './polyphase.ts';
import type { ResampleKernel } from './resampleKernel.ts';

/** Outputs computed in a row, after which others get their turn. */
const OUTPUTS_PER_RUN = 65_536;

/** A kernel as a loop that sums in float64: output o lies at input time o·down/up. */
export function openLoop(kernel: ResampleKernel): Polyphase {
  const { up, down, taps, center } = kernel;
  const timeOf = (output: number) => Math.floor((output * down) / up);
  return {
    outputsPerRun: OUTPUTS_PER_RUN,
    span: (first, count) => ({
      start: timeOf(first) - center,
      length: timeOf(first + count - 1) - timeOf(first) + taps,
    }),
    run: async (input, first, count) => filtered(input, kernel, first, count),
    close: async () => {},
  };
}

function filtered(input: Float32Array, kernel: ResampleKernel, first: number, count: number): Float32Array {
  const { up, down, taps, phases } = kernel;
  const wholeStep = Math.floor(down / up);
  const phaseStep = down % up;
  const output = new Float32Array(count);
  let from = 0;
  // Counted on in whole numbers: o · down soon exceeds 32 bits, where a remainder is slow.
  let phase = (first * down) % up;
  for (let o = 0; o < count; o++) {
    const row = phase * taps;
    let sum = 0;
    for (let i = 0; i < taps; i++) sum += phases[row + i]! * input[from + i]!;
    output[o] = sum;
    from += wholeStep;
    phase += phaseStep;
    if (phase >= up) {
      phase -= up;
      from++;
    }
  }
  return output;
}
