import { type Graph, modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import type { KernelShape, ResampleKernel } from './resampleKernel.ts';
import { SampleQueue } from './sampleQueue.ts';

/** A way to compute the outputs of a resampling kernel, some in a row at a time ("a run"). */
export interface Polyphase {
  readonly kernel: KernelShape;
  /** Outputs of a run; the last one of a signal may have fewer. It is the same for every signal, so that the same numbers come of it. */
  readonly outputsPerRun: number;
  /** Which input a run needs, in samples from the start of the signal: it may begin before that. */
  span(first: number, count: number): { readonly start: number; readonly length: number };
  /** The outputs `first … first + count − 1` from the input that `span` names. */
  run(input: Float32Array, first: number, count: number): Promise<Float32Array>;
}

/** The outputs of one signal, run by run. The pieces of it are not to be changed before this ends. */
export async function* resampled(
  { kernel, outputsPerRun, span, run }: Polyphase,
  pieces: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): AsyncGenerator<Float32Array> {
  const signal = new SampleQueue();
  // How far behind its end the mirror image of a signal is needed: the length of a filter and a step.
  const margin = convWidth(kernel) + kernel.down;
  let done = 0;
  async function* runs(total: number): AsyncGenerator<Float32Array> {
    while (done < total) {
      const count = Math.min(outputsPerRun, total - done);
      const { start, length } = span(done, count);
      if (total === Number.POSITIVE_INFINITY && start + length > signal.end) return;
      const outputs = await run(mirrored(signal, start, length), done, count);
      done += count;
      signal.drop(span(done, 1).start - margin);
      yield outputs;
    }
  }
  for await (const piece of pieces) {
    signal.push(piece);
    yield* runs(Number.POSITIVE_INFINITY);
  }
  yield* runs(Math.ceil((signal.end * kernel.up) / kernel.down));
}

/**
 * The samples `start … start + length − 1` of a signal that goes on beyond its ends as a mirror image: x[−k] = x[k] before the start
 * and x[n−1+k] = x[n−k] behind the end, as libswresample has it. A signal shorter than the stretch is mirrored again and again. Not to be
 * changed, as it may not be a copy. A stretch that ends behind what has come of the signal makes that its end.
 */
function mirrored(signal: SampleQueue, start: number, length: number): Float32Array {
  const inside = { from: Math.max(start, 0), to: Math.min(start + length, signal.end) };
  if (inside.from === start && inside.to === start + length) return signal.read(start, length);
  const stretch = new Float32Array(length);
  if (inside.from < inside.to) stretch.set(signal.read(inside.from, inside.to - inside.from), inside.from - start);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) stretch[i] = signal.read(mirrorIndex(start + i, signal.end), 1)[0]!;
  };
  fill(0, Math.min(length, -start));
  fill(Math.max(0, signal.end - start), length);
  return stretch;
}

/** Both mirrors together repeat every 2n − 1 samples: x0 x1 … x(n−1) x(n−1) … x1. */
function mirrorIndex(index: number, count: number): number {
  const period = 2 * count - 1;
  const place = ((index % period) + period) % period;
  return place < count ? place : period - place;
}

/** Values of the largest array that one run of the graph makes: it bounds the memory, whatever the length of the file. */
const VALUES_PER_RUN = 2 ** 20;

/** Length in samples of each of the `up` filters of the convolution. */
export function convWidth({ up, down, taps }: KernelShape): number {
  return Math.floor(((up - 1) * down) / up) + taps;
}

/**
 * A kernel as a convolution by onnxruntime: one step of `down` input samples gives `up` outputs, each a channel of its own, whose filter is
 * the output's phase shifted to where the output lies within the step. Transposing interleaves the channels.
 */
export async function openConv(kernel: ResampleKernel): Promise<Polyphase> {
  const { up, down, center } = kernel;
  const width = convWidth(kernel);
  const session = await openSession(modelBytes(convGraph(kernel)));
  const { Tensor } = await onnxruntime();
  return {
    kernel,
    outputsPerRun: Math.max(1, Math.floor(VALUES_PER_RUN / Math.max(up, width))) * up,
    span: (first, count) => ({
      start: (first / up) * down - center,
      length: (Math.ceil(count / up) - 1) * down + width,
    }),
    run: async (input, _, count) => {
      const { resampled } = await session.run({ samples: new Tensor('float32', input, [1, 1, input.length]) });
      return (resampled!.data as Float32Array).subarray(0, count);
    },
  };
}

function convGraph(kernel: ResampleKernel): Graph {
  const { up, down, taps, phases } = kernel;
  const width = convWidth(kernel);
  const weights = new Float32Array(up * width);
  for (let o = 0; o < up; o++) {
    const time = o * down;
    const row = (time % up) * taps;
    weights.set(phases.subarray(row, row + taps), o * width + Math.floor(time / up));
  }
  return {
    inputs: [{ name: 'samples', type: 'float32', shape: [1, 1, 'length'] }],
    outputs: [{ name: 'resampled', type: 'float32', shape: [1, 'steps', up] }],
    initializers: [{ name: 'weights', shape: [up, 1, width], data: weights }],
    nodes: [
      { op: 'Conv', inputs: ['samples', 'weights'], outputs: ['channels'], attributes: { strides: [down] } },
      { op: 'Transpose', inputs: ['channels'], outputs: ['resampled'], attributes: { perm: [0, 2, 1] } },
    ],
  };
}

/** Outputs computed in a row, after which others get their turn. */
const OUTPUTS_PER_RUN = 65_536;

/** A kernel as a loop that sums in float64: output o lies at input time o·down/up. */
export function openLoop(kernel: ResampleKernel): Polyphase {
  const { up, down, taps, center } = kernel;
  const timeOf = (output: number) => Math.floor((output * down) / up);
  return {
    kernel,
    outputsPerRun: OUTPUTS_PER_RUN,
    span: (first, count) => ({
      start: timeOf(first) - center,
      length: timeOf(first + count - 1) - timeOf(first) + taps,
    }),
    run: async (input, first, count) => filtered(input, kernel, first, count),
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
