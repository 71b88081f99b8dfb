import { type Graph, modelBytes, onnxruntime, openSession, type Session } from '@refrain/onnx';
import { mirrored } from './mirrored.ts';
import type { KernelShape, ResampleKernel } from './resampleKernel.ts';

/** Values of the largest array that one run of the graph makes: it bounds the memory, whatever the length of the file. */
const VALUES_PER_RUN = 2 ** 20;

/** Length in samples of each of the `up` filters of the convolution. */
export function convWidth({ up, down, taps }: KernelShape): number {
  return Math.floor(((up - 1) * down) / up) + taps;
}

/**
 * A kernel as a convolution: one step of `down` input samples gives `up` outputs, each a channel of its own, whose filter is the
 * output's phase shifted to where the output lies within the step. Transposing interleaves the channels.
 */
export function openConvSession(kernel: ResampleKernel): Promise<Session> {
  const { up, down, taps, phases } = kernel;
  const width = convWidth(kernel);
  const weights = new Float32Array(up * width);
  for (let o = 0; o < up; o++) {
    const time = o * down;
    const row = (time % up) * taps;
    weights.set(phases.subarray(row, row + taps), o * width + Math.floor(time / up));
  }
  const graph: Graph = {
    inputs: [{ name: 'samples', type: 'float32', shape: [1, 1, 'length'] }],
    outputs: [{ name: 'resampled', type: 'float32', shape: [1, 'steps', up] }],
    initializers: [{ name: 'weights', shape: [up, 1, width], data: weights }],
    nodes: [
      { op: 'Conv', inputs: ['samples', 'weights'], outputs: ['channels'], attributes: { strides: [down] } },
      { op: 'Transpose', inputs: ['channels'], outputs: ['resampled'], attributes: { perm: [0, 2, 1] } },
    ],
  };
  return openSession(modelBytes(graph));
}

/** `count` resampled samples by a session that `openConvSession` opened for a kernel of this shape. */
export async function resampleByConv(
  samples: Float32Array,
  shape: KernelShape,
  session: Session,
  count: number,
): Promise<Float32Array> {
  const { up, down, center } = shape;
  const { Tensor } = await onnxruntime();
  const width = convWidth(shape);
  const steps = Math.ceil(count / up);
  const stepsPerRun = Math.max(1, Math.floor(VALUES_PER_RUN / Math.max(up, width)));
  const output = new Float32Array(count);
  for (let first = 0; first < steps; first += stepsPerRun) {
    const runSteps = Math.min(stepsPerRun, steps - first);
    const stretch = mirrored(samples, first * down - center, (runSteps - 1) * down + width);
    const input = new Tensor('float32', stretch, [1, 1, stretch.length]);
    const { resampled } = await session.run({ samples: input });
    const values = resampled!.data as Float32Array;
    output.set(values.subarray(0, count - first * up), first * up);
  }
  return output;
}
