import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { headLogits, openValidSession } from './forwardPass.ts';
import type { Loss } from './graphs.ts';
import {
  type HeadParameters,
  type HeadShape,
  initialParameters,
  layerMatrices,
  layerParameters,
  layersOf,
  parametersOf,
} from './head.ts';
import { CLMR_PROBE } from './options.ts';
import { trainProbe } from './trainProbe.ts';

const scalarHead: HeadShape = { dim: 1, classes: 1, mlp: false };

/** A head of these numbers, tensor by tensor. */
function headOf(shape: HeadShape, ...numbers: readonly (readonly number[])[]): HeadParameters {
  const tensors = parametersOf(shape).map(({ name, shape: lengths }, i) => {
    return [name, { shape: lengths, data: Float32Array.from(numbers[i]!) }] as const;
  });
  return Object.fromEntries(tensors);
}

describe('a head', () => {
  it('has weights and biases layer by layer', () => {
    const shape = { dim: 2, classes: 3, mlp: true };
    expect(parametersOf(shape)).toEqual([
      { name: '0.weight', shape: [2, 2], size: 4 },
      { name: '0.bias', shape: [2], size: 2 },
      { name: '2.weight', shape: [3, 2], size: 6 },
      { name: '2.bias', shape: [3], size: 3 },
    ]);
  });

  it('is a matrix per layer with biases after the weights and an even number of columns, and back', () => {
    const even = { dim: 2, classes: 1, mlp: true };
    const parameters = headOf(even, [1, 2, 3, 4], [5, 6], [7, 8], [9]);
    const matrices = layerMatrices(even, parameters);
    expect(matrices).toEqual([Float32Array.of(1, 2, 5, 0, 3, 4, 6, 0), Float32Array.of(7, 8, 9, 0)]);
    expect(layersOf(even)).toEqual([
      { name: '0', inputs: 2, rows: 2, cols: 4 },
      { name: '2', inputs: 2, rows: 1, cols: 4 },
    ]);
    expect(layerParameters(even, matrices)).toEqual(parameters);
    const odd = { dim: 1, classes: 2, mlp: false };
    expect(layerMatrices(odd, headOf(odd, [1, 2], [3, 4]))).toEqual([Float32Array.of(1, 3, 2, 4)]);
    expect(layerParameters(odd, [Float32Array.of(1, 3, 2, 4)])).toEqual(headOf(odd, [1, 2], [3, 4]));
  });

  it('has a hidden layer as wide as asked for', async () => {
    const shape = { dim: 2, classes: 1, mlp: true, hidden: 3 };
    expect(parametersOf(shape).map(({ name, shape: lengths }) => [name, ...lengths])).toEqual([
      ['0.weight', 3, 2],
      ['0.bias', 3],
      ['2.weight', 1, 3],
      ['2.bias', 1],
    ]);
    const parameters = headOf(shape, [1, 0, 0, 1, -1, -1], [0.5, 0, 0], [2, 3, 4], [0.25]);
    const matrices = layerMatrices(shape, parameters);
    expect(matrices).toEqual([
      Float32Array.of(1, 0, 0.5, 0, 0, 1, 0, 0, -1, -1, 0, 0),
      Float32Array.of(2, 3, 4, 0.25, 0),
    ]);
    expect(layerParameters(shape, matrices)).toEqual(parameters);
    const features = { data: Float32Array.of(1, 2, -1, -2), rows: 2, cols: 2 };
    const logits = await headLogits(shape, parameters, features);
    expect(Array.from(logits.data)).toEqual([2 * 1.5 + 3 * 2 + 0.25, 4 * 3 + 0.25]);
  });

  it('starts with each layer uniform within one over the root of its inputs', () => {
    const shape = { dim: 4, classes: 50, mlp: true, hidden: 400 };
    const init = initialParameters(shape, seededRandom('start'));
    for (const [name, limit] of [
      ['0.weight', 0.5],
      ['0.bias', 0.5],
      ['2.weight', 0.05],
      ['2.bias', 0.05],
    ] as const) {
      const greatest = init[name]!.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(greatest).toBeLessThanOrEqual(limit);
      expect(greatest).toBeGreaterThan(0.9 * limit);
    }
  });

  it('with a hidden layer is that layer, the positive part, and the second layer', async () => {
    const shape = { dim: 2, classes: 1, mlp: true };
    const parameters = headOf(shape, [1, 0, 0, -1], [0.5, 0], [2, 3], [0.25]);
    const features = { data: Float32Array.of(1, 1, -1, -2), rows: 2, cols: 2 };
    const logits = await headLogits(shape, parameters, features);
    expect(Array.from(logits.data)).toEqual([2 * 1.5 + 3 * 0 + 0.25, 2 * 0 + 3 * 2 + 0.25]);
  });

  it('gives logits for more rows than fit into one run', async () => {
    const rows = 10_000;
    const features = { data: Float32Array.from({ length: rows }, (_, row) => row), rows, cols: 1 };
    const logits = await headLogits(scalarHead, headOf(scalarHead, [2], [1]), features);
    expect(logits.data).toEqual(features.data.map((value) => 2 * value + 1));
  });

  it('of no rows gives no logits', async () => {
    const features = { data: new Float32Array(), rows: 0, cols: 1 };
    const logits = await headLogits(scalarHead, headOf(scalarHead, [2], [1]), features);
    expect(logits).toEqual({ data: new Float32Array(), rows: 0, cols: 1 });
  });
});

describe('the losses', () => {
  // A head that hands its input through.
  async function lossOf(loss: Loss, logits: number[], targets: number[]): Promise<number> {
    const classes = logits.length;
    const shape = { dim: classes, classes, mlp: false };
    const identity = logits.map((_, i) => logits.map((_, j) => (i === j ? 1 : 0)));
    const row = (values: number[]) => ({ data: Float32Array.from(values), rows: 1, cols: classes });
    const examples = { features: row(logits), targets: row(targets) };
    const session = await openValidSession(shape, loss, examples, 'loss');
    const given = headOf(
      shape,
      identity.flat(),
      logits.map(() => 0),
    );
    const { validLoss } = await session.measure(given);
    await session.close();
    return validLoss;
  }

  it('are those of the definition', async () => {
    const binary = (Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(-1))) / 2;
    expect(await lossOf('binary-cross-entropy', [2, -1], [1, 0])).toBeCloseTo(binary, 6);
    const softmax = -Math.log(Math.exp(0.5) / (Math.exp(2) + Math.exp(-1) + Math.exp(0.5)));
    expect(await lossOf('cross-entropy', [2, -1, 0.5], [0, 0, 1])).toBeCloseTo(softmax, 6);
  });

  it('do not overflow at huge logits', async () => {
    expect(await lossOf('binary-cross-entropy', [1000, -1000], [1, 0])).toBe(0);
    expect(await lossOf('binary-cross-entropy', [1000, -1000], [0, 1])).toBe(1000);
    expect(await lossOf('cross-entropy', [1000, -1000], [1, 0])).toBe(0);
    expect(await lossOf('cross-entropy', [1000, -1000], [0, 1])).toBe(2000);
  });
});

describe('trainProbe', () => {
  const examples = {
    features: { data: Float32Array.of(1, -1), rows: 2, cols: 1 },
    targets: { data: Float32Array.of(1, 0), rows: 2, cols: 1 },
  };
  const training = {
    train: examples,
    valid: examples,
    task: 'multi-label' as const,
    options: CLMR_PROBE,
    init: headOf(scalarHead, [0], [0]),
    epochOrder: () => Uint32Array.of(0, 1),
  };

  it('takes a first step of the learning rate against the sign of the gradient', async () => {
    const { epochs, parameters, stopped } = await trainProbe({ ...training, options: { ...CLMR_PROBE, maxEpochs: 1 } });
    expect(stopped).toBe('max epochs');
    expect(epochs[0]!.trainLoss).toBeCloseTo(Math.LN2, 6);
    expect(parameters['0.weight']!.data[0]).toBeCloseTo(1e-3, 8);
    expect(parameters['0.bias']!.data[0]).toBe(0);
  });

  it('leaves its start as it was', async () => {
    const init = headOf(scalarHead, [0.5], [0.25]);
    await trainProbe({ ...training, init, options: { ...CLMR_PROBE, maxEpochs: 3 } });
    expect(init).toEqual(headOf(scalarHead, [0.5], [0.25]));
  });

  it('says what does not fit', async () => {
    const none = { features: { ...examples.features, rows: 0 }, targets: examples.targets };
    await expect(trainProbe({ ...training, valid: none })).rejects.toThrow('The valid examples have no rows');
    const cut = { ...examples, targets: { ...examples.targets, rows: 1 } };
    await expect(trainProbe({ ...training, train: cut })).rejects.toThrow(/The train examples have features of 2 × 1/);
    const stray = () => Uint32Array.of(0, 2);
    await expect(trainProbe({ ...training, epochOrder: stray })).rejects.toThrow('must name rows from 0 to 1');
    await expect(trainProbe({ ...training, epochOrder: () => new Uint32Array() })).rejects.toThrow('at least one');
    await expect(trainProbe({ ...training, init: {} })).rejects.toThrow('The initial 0.weight has no numbers');
  });
});
