import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAudioFile } from '@refrain/audio';
import { type Matrix, quietHost, rowOf, seededRandom, type Waveform } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath, testEncoder } from '@refrain/core/testing';
import { type Graph, modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnxEncoder } from '../onnx-model/onnxEncoder.ts';
import { type ClmrOptions, openClmrEncoder } from './clmrEncoder.ts';
import { type Convolution, sampleCnnGraph } from './sampleCnn.ts';

const SEGMENT = 59_049;
const CHANNELS = [1, 128, 128, 128, 256, 256, 256, 256, 256, 256, 512, 512];

const worstDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
};
const relativeDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  worstDifference(a, b) / Array.from(b).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
const meanOf = ({ data, rows, cols }: Matrix) =>
  Array.from({ length: cols }, (_, c) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[row * cols + c]!;
    return sum / rows;
  });
/** A matrix column by column, as CLMR's flattened output of 512 × steps. */
const byColumn = ({ data, rows, cols }: Matrix) =>
  Array.from({ length: rows * cols }, (_, i) => data[(i % rows) * cols + Math.floor(i / rows)]!);

const NOISE = new Float32Array(12 * SEGMENT);
const { uniform } = seededRandom('clmr audio');
for (let i = 0; i < NOISE.length; i++) NOISE[i] = uniform() - 0.5;

const noise = (samples: number): Waveform => ({ samples: NOISE.slice(0, samples), sampleRate: 22_050 });

/** Convolutions of SampleCNN's sizes with random numbers that keep activations of one size through all of them. */
function randomConvolutions(): Convolution[] {
  const { uniform } = seededRandom('clmr weights');
  return CHANNELS.slice(1).map((outputs, i) => {
    const inputs = CHANNELS[i]!;
    const reach = Math.sqrt(2 / inputs);
    return {
      inputs,
      outputs,
      weight: Float32Array.from({ length: outputs * inputs * 3 }, () => reach * (2 * uniform() - 1)),
      bias: Float32Array.from({ length: outputs }, () => 0.2 * (uniform() - 0.5)),
    };
  });
}

/** A safetensors file of these convolutions, each with a normalisation that changes nothing: its variance and ε = 1e-5 are 1 together. */
function safetensors(prefix: string, convolutions: readonly Convolution[]): Uint8Array {
  const tensors = convolutions.flatMap(({ inputs, outputs, weight, bias }, i) => {
    const one = new Float32Array(outputs).fill(1);
    const zero = new Float32Array(outputs);
    const variance = new Float32Array(outputs).fill(1 - 1e-5);
    return [weight, bias, one, zero, zero, variance].map((data, at) => {
      const name = ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var'][at]!;
      return { key: `${prefix}sequential.${i}.${name}`, data, shape: at === 0 ? [outputs, inputs, 3] : [outputs] };
    });
  });
  let at = 0;
  const entries = tensors.map(({ key, shape, data }) => {
    const from = at;
    at += data.byteLength;
    return [key, { dtype: 'F32', shape, data_offsets: [from, at] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([
    length,
    header,
    ...tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

/** The graph as CLMR exports it, with fixed sizes. */
const withSizes = (graph: Graph, batch: number, samples: number): Graph => ({
  ...graph,
  inputs: [{ ...graph.inputs[0]!, shape: [batch, 1, samples] }],
});

const convolutions = randomConvolutions();
let folder: string;
let checkpointPath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-clmr-'));
  checkpointPath = await save('random.safetensors', safetensors('encoder.', convolutions));
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (name: string, content: Uint8Array | string) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

const encodeAll = async (options: Partial<ClmrOptions>, ...waveforms: Waveform[]) => {
  const encoder = await openClmrEncoder({ checkpointPath, ...options });
  const embeddings: Matrix[] = [];
  for (const waveform of waveforms) embeddings.push(await encoder.encode(waveform));
  await encoder.close();
  return { encoder, embeddings };
};

describeWithData('encoders/clmr-open', 'the checkpoint clmr-open', () => {
  type Check = {
    tolerance: number;
    six_seconds: { segments: number[][]; mean: number[] };
    whole_clip: { shape: [number, number]; flat: number[]; segments_mean: number[] };
  };
  const check = testDataJson<Check>('encoders/clmr-open/check.json');
  const file = (name: string) => testDataPath('encoders/clmr-open', name);

  it.each(['pt', 'ckpt', 'safetensors', 'onnx'])('as .%s gives the segments of a clip, as recorded', async (format) => {
    const audio = await readAudioFile(file('check-6s-22k05.wav'));
    const { encoder, embeddings } = await encodeAll({ checkpointPath: file(`clmr-open.${format}`) }, audio);
    expect(encoder).toMatchObject({ name: 'clmr', sampleRate: 22_050, dim: 512 });
    const six = embeddings[0]!;
    expect(worstDifference(six.data, check.six_seconds.segments.flat())).toBeLessThan(check.tolerance);
    expect(worstDifference(meanOf(six), check.six_seconds.mean)).toBeLessThan(check.tolerance);
  });

  // Weights, whatever file they are from, and a graph of somebody else's.
  describe.each(['safetensors', 'onnx'])('as .%s', (format) => {
    const checkpoint = { checkpointPath: file(`clmr-open.${format}`) };

    it('gives the mean of many segments, as recorded', async () => {
      const audio = await readAudioFile(file('check-29s-22k05.wav'));
      const long = (await encodeAll(checkpoint, audio)).embeddings[0]!;
      expect(long.rows).toBe(10);
      expect(worstDifference(meanOf(long), check.whole_clip.segments_mean)).toBeLessThan(check.tolerance);
    });

    it('gives the whole clip flattened, as recorded', async () => {
      const audio = await readAudioFile(file('check-29s-22k05.wav'));
      const { embeddings } = await encodeAll({ ...checkpoint, wholeClip: true }, audio);
      const whole = embeddings[0]!;
      expect([whole.cols, whole.rows]).toEqual(check.whole_clip.shape);
      const { flat } = check.whole_clip;
      expect(worstDifference(byColumn(whole), flat)).toBeLessThan(check.tolerance);
    });
  });

  it('has one fingerprint in all checkpoint formats', async () => {
    const formats = ['pt', 'ckpt', 'safetensors'];
    const encoders = await Promise.all(
      formats.map((format) => encodeAll({ checkpointPath: file(`clmr-open.${format}`) })),
    );
    expect(new Set(encoders.map(({ encoder }) => encoder.fingerprint)).size).toBe(1);
  });
});

describeWithData('seed-runs/finetuner_checkpoint_200.pt', "CLMR's linear head", () => {
  it('is told from an encoder', async () => {
    const path = testDataPath('seed-runs/finetuner_checkpoint_200.pt');
    await expect(openClmrEncoder({ checkpointPath: path })).rejects.toMatchObject({
      code: 'REFRAIN_DATA',
      source: path,
      message: expect.stringContaining('linear head'),
    });
  });
});

describe('an encoder of random weights', () => testEncoder(() => openClmrEncoder({ checkpointPath })));

describe('a fingerprint', () => {
  it('covers the weights and how a clip is cut, not the name of the file or the prefix of its keys', async () => {
    const changed = convolutions.map((layer) => ({ ...layer, bias: layer.bias.slice() }));
    changed[10]!.bias[511]! += 1e-3;
    const other = await save('other.safetensors', safetensors('encoder.', changed));
    const renamed = await save('renamed.safetensors', safetensors('model.', convolutions));
    const prints: string[] = [];
    for (const options of [
      {},
      { padLast: true },
      { wholeClip: true },
      { padLast: true, wholeClip: true },
      { checkpointPath: other },
      { checkpointPath: renamed },
    ]) {
      prints.push((await encodeAll(options)).encoder.fingerprint);
    }
    expect(new Set(prints).size).toBe(5);
    expect(prints[5]).toBe(prints[0]);
  });
});

describe('segments', () => {
  it('end where less than one is left, or are filled up with zeros', async () => {
    const clip = noise(2 * SEGMENT + 30_000);
    const filled = { ...clip, samples: new Float32Array(3 * SEGMENT) };
    filled.samples.set(clip.samples);
    const { embeddings: dropped } = await encodeAll({}, clip, filled);
    const { embeddings: padded } = await encodeAll({ padLast: true }, clip, filled);
    expect(dropped.map(({ rows }) => rows)).toEqual([2, 3]);
    expect(padded.map(({ rows }) => rows)).toEqual([3, 3]);
    expect(padded[0]).toEqual(dropped[1]);
    expect(padded[1]).toEqual(dropped[1]);
  });

  it('are as many as a clip has, more of them than go at once', async () => {
    const clip = noise(5 * SEGMENT);
    const { embeddings } = await encodeAll({}, clip, { ...clip, samples: clip.samples.subarray(4 * SEGMENT) });
    const [all, last] = embeddings as [Matrix, Matrix];
    expect(all.rows).toBe(5);
    expect(relativeDifference(rowOf(all, 4), last.data)).toBeLessThan(1e-5);
  });

  it.each([{}, { padLast: true }, { wholeClip: true }])('are one for a shorter clip, with %j', async (options) => {
    const clip = noise(40_000);
    const filled = { ...clip, samples: new Float32Array(SEGMENT) };
    filled.samples.set(clip.samples);
    const { embeddings } = await encodeAll(options, clip, filled);
    expect(embeddings[0]!.rows).toBe(1);
    expect(embeddings[0]).toEqual(embeddings[1]);
  });
});

describe('a whole clip', () => {
  it('is one pass through the model, however long', async () => {
    const clip = noise(Math.round(6.4 * SEGMENT));
    const { Tensor } = await onnxruntime();
    const session = await openSession(modelBytes(sampleCnnGraph(convolutions)));
    const audio = new Tensor('float32', clip.samples, [1, 1, clip.samples.length]);
    const { representation } = await session.run({ audio });
    await session.close();
    const { embeddings } = await encodeAll({ wholeClip: true }, clip);
    expect(embeddings[0]!.rows).toBe(6);
    expect(relativeDifference(byColumn(embeddings[0]!), representation!.data as Float32Array)).toBeLessThan(1e-5);
  });

  it('lets segments hear their neighbours', async () => {
    const clip = noise(3 * SEGMENT);
    const [apart] = (await encodeAll({}, clip)).embeddings;
    const [whole] = (await encodeAll({ wholeClip: true }, clip)).embeddings;
    expect(relativeDifference(apart!.data, whole!.data)).toBeGreaterThan(1e-2);
  });

  it('is filled up with zeros on request', async () => {
    const clip = noise(2 * SEGMENT + 1);
    expect((await encodeAll({ wholeClip: true }, clip)).embeddings[0]!.rows).toBe(2);
    expect((await encodeAll({ wholeClip: true, padLast: true }, clip)).embeddings[0]!.rows).toBe(3);
  });
});

describe("CLMR's export with fixed sizes", () => {
  const graph = sampleCnnGraph(convolutions);
  const clip = noise(4 * SEGMENT);

  it.each([1, 3])('gives the same with a batch of %i, by this encoder and by the onnx one', async (batch) => {
    const exported = await save(`batch-${batch}.onnx`, modelBytes(withSizes(graph, batch, SEGMENT)));
    const [expected] = (await encodeAll({}, clip)).embeddings;
    const [byClmr] = (await encodeAll({ checkpointPath: exported }, clip)).embeddings;
    expect(relativeDifference(byClmr!.data, expected!.data)).toBeLessThan(1e-5);
    const onnx = await openOnnxEncoder({ checkpointPath: exported });
    expect(onnx).toMatchObject({ sampleRate: 22_050, dim: 512 });
    expect(relativeDifference((await onnx.encode(clip)).data, expected!.data)).toBeLessThan(1e-5);
    await onnx.close();
  });

  it('takes no whole clip', async () => {
    const exported = await save('fixed.onnx', modelBytes(withSizes(graph, 1, SEGMENT)));
    await expect(openClmrEncoder({ checkpointPath: exported, wholeClip: true })).rejects.toMatchObject({
      option: 'encoder.wholeClip',
      message: expect.stringMatching(/exactly 59049 samples/),
    });
  });

  it('is told from other models', async () => {
    const refusal = async (name: string, other: Graph) => {
      const path = await save(name, modelBytes(other));
      const error: Error = await openClmrEncoder({ checkpointPath: path }).then(
        () => new Error('was opened'),
        (reason) => reason,
      );
      expect(error).toMatchObject({ option: 'encoder.checkpointPath' });
      return error.message;
    };
    expect(await refusal('short.onnx', withSizes(graph, 1, 48_000))).toMatch(/takes 48000 samples.*the encoder onnx/);
    const classifier: Graph = {
      ...graph,
      nodes: [
        ...graph.nodes.map((node) => ({
          ...node,
          outputs: node.outputs.map((name) => (name === 'representation' ? 'flat' : name)),
        })),
        { op: 'Gemm', inputs: ['flat', 'fc'], outputs: ['representation'] },
      ],
      initializers: [...graph.initializers!, { name: 'fc', shape: [512, 50], data: new Float32Array(512 * 50) }],
    };
    expect(await refusal('classifier.onnx', classifier)).toMatch(/gives 50 numbers.*clmr_encoder_only/);
  });
});

describe('an encoder', () => {
  it('needs a checkpoint', async () => {
    await expect(openClmrEncoder({})).rejects.toMatchObject({
      option: 'encoder.checkpointPath',
      message: expect.stringContaining('give encoder.checkpointPath'),
    });
    const missing = join(folder, 'missing.ckpt');
    await expect(openClmrEncoder({ checkpointPath: missing })).rejects.toMatchObject({
      option: 'encoder.checkpointPath',
      message: expect.stringContaining(missing),
    });
  });

  it('names the file that holds no encoder of CLMR', async () => {
    const path = await save('cut.safetensors', safetensors('encoder.', convolutions.slice(0, 4)));
    await expect(openClmrEncoder({ checkpointPath: path })).rejects.toMatchObject({
      code: 'REFRAIN_DATA',
      source: path,
      message: expect.stringContaining('has no "encoder.sequential.4.'),
    });
  });

  it('does not encode once closed or interrupted', async () => {
    const interrupt = new AbortController();
    const encoder = await openClmrEncoder({ checkpointPath }, quietHost({ signal: interrupt.signal }));
    interrupt.abort(new Error('interrupted'));
    await expect(encoder.encode(noise(SEGMENT))).rejects.toThrow('interrupted');
    await encoder.close();
    await expect(encoder.encode(noise(SEGMENT))).rejects.toThrow('closed');
  });

  it.each([{}, { wholeClip: true }])(
    'gives up one clip on request, and goes on with the next, with %j',
    async (options) => {
      const host = quietHost();
      const encoder = await openClmrEncoder({ checkpointPath, ...options }, host);
      const clip = noise(12 * SEGMENT);
      const deadline = new AbortController();
      const given = encoder.encode(clip, { signal: deadline.signal });
      deadline.abort(new Error('too slow'));
      await expect(given).rejects.toThrow('too slow');
      await expect(encoder.encode(noise(SEGMENT), { signal: deadline.signal })).rejects.toThrow('too slow');
      const next = new AbortController();
      expect((await encoder.encode(noise(SEGMENT), { signal: next.signal })).rows).toBe(1);
      await encoder.close();
    },
  );
});
