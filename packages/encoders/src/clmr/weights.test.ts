import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { type StoredTensor, type StoredTensors, sampleCnnBlocks } from './weights.ts';

const CHANNELS = [1, 128, 128, 128, 256, 256, 256, 256, 256, 256, 512, 512];

const tensor = (shape: readonly number[], data: Float32Array): StoredTensor => ({ shape, read: async () => data });
const filled = (shape: readonly number[], value: number) =>
  tensor(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value));

/** A SampleCNN whose numbers tell which parameter they belong to: 10 · block + 1 … 6. */
const sampleCnn = (prefix: string): Map<string, StoredTensor> => {
  const names = ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var'];
  const state = new Map<string, StoredTensor>();
  for (const [block, outputs] of CHANNELS.slice(1).entries()) {
    for (const [i, name] of names.entries()) {
      const shape = i === 0 ? [outputs, CHANNELS[block]!, 3] : [outputs];
      state.set(`${prefix}sequential.${block}.${name}`, filled(shape, 10 * block + i + 1));
    }
  }
  return state;
};

const refusal = async (state: StoredTensors): Promise<string> => {
  try {
    await sampleCnnBlocks(state, 'some.ckpt');
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ source: 'some.ckpt', message: expect.stringContaining('some.ckpt') });
    return (error as DataError).message;
  }
  throw new Error('expected a DataError');
};

describe("SampleCNN's blocks", () => {
  it.each(['model.encoder.', 'encoder.', 'model.', '', 'module.encoder.', 'net.'])(
    'are found under "%s"',
    async (prefix) => {
      const blocks = await sampleCnnBlocks(sampleCnn(prefix), 'some.ckpt');
      expect(blocks.map(({ inputs, outputs }) => [inputs, outputs])).toEqual(
        CHANNELS.slice(1).map((outputs, i) => [CHANNELS[i], outputs]),
      );
      const { weight, bias, norm } = blocks[3]!;
      expect([weight, bias, norm.weight, norm.bias, norm.mean, norm.variance].map((data) => data[0])).toEqual([
        31, 32, 33, 34, 35, 36,
      ]);
    },
  );

  it('are those of model.encoder where a Lightning checkpoint has the encoder twice, as CLMR reads it', async () => {
    const twice = new Map([...sampleCnn('encoder.'), ...sampleCnn('model.encoder.')]);
    twice.set('model.encoder.sequential.0.0.bias', filled([128], 7));
    const [first] = await sampleCnnBlocks(twice, 'some.ckpt');
    expect(first!.bias[0]).toBe(7);
  });

  it('are found beside a classifier and a projector, which are left out', async () => {
    const state = sampleCnn('encoder.');
    state.set('encoder.fc.weight', filled([50, 512], 0));
    state.set('projector.0.weight', filled([512, 512], 0));
    expect(await sampleCnnBlocks(state, 'some.ckpt')).toHaveLength(11);
  });
});

describe('a checkpoint without them', () => {
  it('is told what it looks like', async () => {
    const keys = (...names: string[]) => refusal(new Map(names.map((name) => [name, filled([1], 0)])));
    expect(await keys()).toMatch(/expected the key "sequential\.0\.0\.weight".*no tensor at all/);
    expect(await keys('0.weight', '0.bias')).toMatch(/"0\.weight", "0\.bias".*linear head/);
    expect(await keys('model.0.weight', 'model.0.bias')).toMatch(/linear head/);
    expect(await keys('projector.0.weight', 'projector.2.weight')).toMatch(/projector without its encoder/);
    expect(await keys('encoder.layers.0.attention.k_proj.weight')).toMatch(/transformer.*onnx encoder/);
    expect(await keys('layer1.conv_1.weight')).toMatch(/ShortChunkCNN/);
    expect(await keys('a', 'b', 'c', 'd')).toMatch(/Its keys are "a", "b", "c", … 4 in all\.$/);
  });

  it('is refused where a tensor is missing or has another shape', async () => {
    const state = sampleCnn('encoder.');
    state.delete('encoder.sequential.7.1.running_mean');
    expect(await refusal(state)).toMatch(
      /has no "encoder\.sequential\.7\.1\.running_mean": expected float numbers \[256\]/,
    );
    const transposed = sampleCnn('').set('sequential.9.0.weight', filled([256, 512, 3], 0));
    expect(await refusal(transposed)).toMatch(
      /"sequential\.9\.0\.weight" is \[256, 512, 3\]; expected .* \[512, 256, 3\]/,
    );
    const flat = sampleCnn('').set('sequential.0.0.bias', filled([128, 1], 0));
    expect(await refusal(flat)).toMatch(
      /"sequential\.0\.0\.bias" is \[128, 1\]; expected .* \[128\]\. By its keys .* SampleCNN/,
    );
  });

  it('is refused for numbers that cannot be', async () => {
    const shape = [256, 256, 3];
    const numbers = new Float32Array(256 * 256 * 3).fill(Number.NaN, 17);
    const nan = sampleCnn('').set('sequential.4.0.weight', tensor(shape, numbers));
    expect(await refusal(nan)).toMatch(/"sequential\.4\.0\.weight" holds NaN.*earlier checkpoint/);
    const negative = sampleCnn('').set('sequential.2.1.running_var', filled([128], -1e-3));
    expect(await refusal(negative)).toMatch(/"sequential\.2\.1\.running_var" holds a negative variance/);
  });

  it('is refused where it is not clear which encoder is meant', async () => {
    expect(await refusal(new Map([...sampleCnn('online.'), ...sampleCnn('target.')]))).toMatch(
      /2 encoders, under "online\.", "target\.".*prefix "encoder\."/,
    );
    const deeper = sampleCnn('').set('sequential.11.0.weight', filled([512, 512, 3], 0));
    expect(await refusal(deeper)).toMatch(/deeper SampleCNN.*11 blocks.*"sequential\.11\.0\.weight"/);
  });
});
