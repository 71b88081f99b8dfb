import { seededRandom } from '@refrain/core';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { describe, expect, it } from 'vitest';
import { foldBatchNorm, sampleCnnGraph } from './sampleCnn.ts';
import type { Block } from './weights.ts';

const { uniform } = seededRandom('sampleCnn');
const between = (count: number, low: number, high: number) =>
  Float32Array.from({ length: count }, () => low + (high - low) * uniform());

const randomBlock = (inputs: number, outputs: number): Block => ({
  inputs,
  outputs,
  weight: between(outputs * inputs * 3, -1, 1),
  bias: between(outputs, -0.5, 0.5),
  norm: {
    weight: between(outputs, -1.5, 1.5),
    bias: between(outputs, -0.5, 0.5),
    mean: between(outputs, -1, 1),
    variance: between(outputs, 0.01, 2),
  },
});

/** A block by its definition in float64: convolution, normalisation with its own steps, the larger of it and 0. */
function block(
  x: number[][],
  { outputs, inputs, weight, bias, norm }: Block,
  stride: number,
  padding: number,
): number[][] {
  const steps = Math.floor((x[0]!.length + 2 * padding - 3) / stride) + 1;
  return Array.from({ length: outputs }, (_, c) =>
    Array.from({ length: steps }, (_, t) => {
      let sum = bias[c]!;
      for (let channel = 0; channel < inputs; channel++) {
        for (let k = 0; k < 3; k++) {
          sum += weight[(c * inputs + channel) * 3 + k]! * (x[channel]![t * stride + k - padding] ?? 0);
        }
      }
      const normal = (sum - norm.mean[c]!) / Math.sqrt(norm.variance[c]! + 1e-5);
      return Math.max(0, normal * norm.weight[c]! + norm.bias[c]!);
    }),
  );
}

const maxOfThree = (x: number[][]) =>
  x.map((row) =>
    Array.from({ length: Math.floor(row.length / 3) }, (_, t) => Math.max(...row.slice(3 * t, 3 * t + 3))),
  );

/** What the blocks give for a waveform, channels × steps. */
function plainSampleCnn(samples: Float32Array, blocks: readonly Block[]): number[][] {
  let x = block([Array.from(samples)], blocks[0]!, 3, 0);
  for (const middle of blocks.slice(1, -1)) x = maxOfThree(block(x, middle, 1, 1));
  return block(x, blocks.at(-1)!, 1, 1);
}

async function runGraph(blocks: readonly Block[], samples: Float32Array, batch: number) {
  const { Tensor } = await onnxruntime();
  const session = await openSession(modelBytes(sampleCnnGraph(blocks.map(foldBatchNorm))));
  const audio = new Tensor('float32', samples, [batch, 1, samples.length / batch]);
  const { representation } = await session.run({ audio });
  await session.close();
  return representation!;
}

describe('a folded batch norm', () => {
  it('scales and shifts the convolution', () => {
    const { weight, bias } = foldBatchNorm({
      inputs: 1,
      outputs: 2,
      weight: Float32Array.of(1, 2, 3, 4, 5, 6),
      bias: Float32Array.of(1, -1),
      norm: {
        weight: Float32Array.of(3, -2),
        bias: Float32Array.of(0.5, 0.25),
        mean: Float32Array.of(2, 0),
        variance: Float32Array.of(2.25 - 1e-5, 4 - 1e-5),
      },
    });
    // s = 3/1.5 and −2/2.
    for (const [i, value] of [2, 4, 6, -4, -5, -6].entries()) expect(weight[i]).toBeCloseTo(value, 5);
    expect(bias[0]).toBeCloseTo(-1.5, 5);
    expect(bias[1]).toBeCloseTo(1.25, 5);
  });
});

describe('the graph of a SampleCNN', () => {
  const blocks = [randomBlock(1, 4), randomBlock(4, 4), randomBlock(4, 6), randomBlock(6, 5)];

  it.each([27, 28, 53, 54, 81, 100, 269])('gives what plain loops give in float64, for %i samples', async (length) => {
    const samples = between(2 * length, -1, 1);
    const { dims, data } = await runGraph(blocks, samples, 2);
    const expected = [samples.subarray(0, length), samples.subarray(length)].flatMap((waveform) =>
      plainSampleCnn(waveform, blocks).flat(),
    );
    expect(dims).toEqual([2, 5 * Math.floor(length / 27)]);
    expect(expected.some((value) => value > 0.1)).toBe(true);
    for (const [i, value] of expected.entries()) expect((data as Float32Array)[i]).toBeCloseTo(value, 4);
  });
});
