import { type Graph, modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import type { Polyphase } from './polyphase.ts';
import type { KernelShape, ResampleKernel } from './resampleKernel.ts';

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
    outputsPerRun: Math.max(1, Math.floor(VALUES_PER_RUN / Math.max(up, width))) * up,
    span: (first, count) => ({
      start: (first / up) * down - center,
      length: (Math.ceil(count / up) - 1) * down + width,
    }),
    run: async (input, _, count) => {
      const { resampled } = await session.run({ samples: new Tensor('float32', input, [1, 1, input.length]) });
      return (resampled!.data as Float32Array).subarray(0, count);
    },
    close: () => session.close(),
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
