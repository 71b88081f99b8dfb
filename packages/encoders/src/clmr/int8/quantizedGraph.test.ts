import { seededRandom } from '@refrain/core';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { describe, expect, it } from 'vitest';
import { type Convolution, sampleCnnGraph } from '../sampleCnn.ts';
import { quantizeConvolution, quantizedSampleCnnGraph } from './quantizedGraph.ts';

const run = async (graph: ReturnType<typeof sampleCnnGraph>, samples: Float32Array) => {
  const { Tensor } = await onnxruntime();
  const session = await openSession(modelBytes(graph));
  const { representation } = await session.run({ audio: new Tensor('float32', samples, [1, 1, samples.length]) });
  await session.close();
  return Array.from(representation!.data as Float32Array);
};

describe('a convolution in eight bits', () => {
  it('has a scale per output, and a bias in the scale of the products', () => {
    const { weight, weightScale, bias } = quantizeConvolution(
      {
        inputs: 1,
        outputs: 2,
        weight: Float32Array.of(127, -1.4, 0.6, 0, -31.75, 15.9),
        bias: Float32Array.of(10, -3),
      },
      0.5,
    );
    expect(Array.from(weightScale)).toEqual([1, 0.25]);
    // 15.9 / 0.25 = 63.6 and −3 / (0.5 · 0.25) = −24.
    expect(Array.from(weight)).toEqual([127, -1, 1, 0, -127, 64]);
    expect(Array.from(bias)).toEqual([20, -24]);
  });

  it('keeps the bias of a channel without weight', () => {
    const bias = Float32Array.of(5, -5, 0, 1e-3);
    const tiny = Float32Array.of(0, 0, 0, 0, 1e-20, 0, 0, 0, 0, 0, 0, 1e-30);
    const found = quantizeConvolution({ inputs: 1, outputs: 4, weight: tiny, bias }, 1e-3);
    for (const [c, value] of bias.entries()) {
      expect(found.bias[c]! * found.weightScale[c]! * 1e-3).toBeCloseTo(value, 6);
    }
  });

  it('is off by half a step at most', () => {
    const { uniform } = seededRandom('quantized weights');
    const [inputs, outputs] = [20, 30];
    const convolution: Convolution = {
      inputs,
      outputs,
      weight: Float32Array.from({ length: outputs * inputs * 3 }, () => uniform() - 0.5),
      bias: Float32Array.from({ length: outputs }, () => uniform() - 0.5),
    };
    const { weight, weightScale, bias } = quantizeConvolution(convolution, 0.01);
    for (const [i, value] of convolution.weight.entries()) {
      const step = weightScale[Math.floor(i / (inputs * 3))]!;
      expect(Math.abs(weight[i]! * step - value)).toBeLessThan(0.5001 * step);
    }
    for (const [c, value] of convolution.bias.entries()) {
      const step = weightScale[c]! * 0.01;
      expect(Math.abs(bias[c]! * step - value)).toBeLessThan(0.5001 * step);
    }
  });
});

describe('a quantized graph', () => {
  // Steps of 1 behind both blocks, so that everything can be counted by hand.
  const convolutions: Convolution[] = [
    { inputs: 1, outputs: 1, weight: Float32Array.of(1, 10, 100), bias: Float32Array.of(0.4) },
    {
      inputs: 1,
      outputs: 2,
      weight: Float32Array.of(0, 1.4, 127, -127, 0, 0),
      bias: Float32Array.of(-254.4, 888),
    },
    { inputs: 2, outputs: 1, weight: Float32Array.of(9, 0.5, 9, 9, 10, 9), bias: Float32Array.of(0.25) },
  ];

  it('gives what is counted by hand', async () => {
    // Block 0: 3.4, 21.4, −5.6 (cut off), 300.4 (cut off at 255), 4.4 and 2.4: 3, 21, 0, 255, 4, 2 steps.
    const samples = Float32Array.of(3, 0, 0, 1, 2, 0, -6, 0, 0, 0, 0, 3, 4, 0, 0, 2, 0, 0);
    // Channel 0, weights 0, 1, 127 and −254: 3 + 2667 − 254 is cut off at 255; 21 − 254 at 0; 0 + 127 · 255 − 254 at 255;
    // 255 + 508 − 254 at 255; 4 + 254 − 254 = 4; 2 − 254 at 0. Maxima: 255 and 255.
    // Channel 1, weights −127, 0, 0 and 888: 888 is cut off at 255; 888 − 381 at 255; 888 − 2667 at 0; 888 at 255; 888 − 32385 at 0;
    // 888 − 508 at 255. Maxima: 255 and 255.
    expect(await run(quantizedSampleCnnGraph(convolutions, [255, 255]), samples)).toEqual([
      0.5 * 255 + 9 * 255 + 10 * 255 + 9 * 255 + 0.25,
      9 * 255 + 0.5 * 255 + 9 * 255 + 10 * 255 + 0.25,
    ]);
    // Block 0: 7, 2, 0. Channel 0: 7 + 254 − 254 = 7; 2 − 254 and 0 − 254 at 0: maximum 7.
    // Channel 1: 888 at 255; 888 − 889 at 0; 888 − 254 at 255: maximum 255.
    const others = Float32Array.of(7, 0, 0, 2, 0, 0, -1, 0, 0);
    expect(await run(quantizedSampleCnnGraph(convolutions, [255, 255]), others)).toEqual([0.5 * 7 + 10 * 255 + 0.25]);
  });

  it('rounds to the steps of the range', async () => {
    // Steps of 2 behind block 0 and of 4 behind block 1: 7.4 and 2.4 are 4 and 1 steps, so 8 and 2; channel 0 begins with
    // 8 + 127 · 2 − 254 = 8 (the bias −254.4 is −127 steps of 2), 2 steps of 4; channel 1 with 888, 222 steps of 4.
    const samples = Float32Array.of(7, 0, 0, 2, 0, 0, -1, 0, 0);
    expect(await run(quantizedSampleCnnGraph(convolutions, [510, 1020]), samples)).toEqual([0.5 * 8 + 10 * 888 + 0.25]);
  });

  it('takes a range of 0, where nothing ever came through', async () => {
    const samples = new Float32Array(9);
    const found = await run(quantizedSampleCnnGraph(convolutions, [0, 0]), samples);
    expect(found.every(Number.isFinite)).toBe(true);
  });

  it('has the sizes of the one in float32', async () => {
    const samples = new Float32Array(200).fill(0.01);
    const [int8, float] = [quantizedSampleCnnGraph(convolutions, [1, 1]), sampleCnnGraph(convolutions)];
    expect(await run(int8, samples)).toHaveLength((await run(float, samples)).length);
    expect([int8.inputs, int8.outputs]).toEqual([float.inputs, float.outputs]);
  });
});
