import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAudioFile } from '@refrain/audio';
import { quietHost, type Waveform } from '@refrain/core';
import {
  describeOnSoftwareCard,
  describeWithData,
  testDataJson,
  testDataPath,
  testEncoder,
} from '@refrain/core/testing';
import { type Graph, modelBytes } from '@refrain/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnxEncoder } from './onnxEncoder.ts';

const worstDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
};
const waveform = (samples: number[], sampleRate = 16_000): Waveform => ({
  samples: Float32Array.from(samples),
  sampleRate,
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-onnx-'));
});
afterAll(() => rm(folder, { recursive: true }));

let written = 0;
const save = async (content: Uint8Array | string, extension = '.onnx') => {
  const path = join(folder, `model-${written++}${extension}`);
  await writeFile(path, content);
  return path;
};

/** A model whose embedding of a window is its mean and its largest sample. */
const meanAndPeak = (shape: readonly (number | string)[], changes: Partial<Graph> = {}) => {
  const axes = { axes: shape.length === 3 ? [1, 2] : [1], keepdims: 0 };
  return modelBytes({
    inputs: [{ name: 'audio', type: 'float32', shape }],
    outputs: [{ name: 'embedding', type: 'float32', shape: [shape[0]!, 2] }],
    initializers: [{ name: 'one', shape: [1], data: BigInt64Array.of(1n) }],
    nodes: [
      { op: 'ReduceMean', inputs: ['audio'], outputs: ['mean'], attributes: axes },
      { op: 'ReduceMax', inputs: ['audio'], outputs: ['peak'], attributes: axes },
      { op: 'Unsqueeze', inputs: ['mean', 'one'], outputs: ['means'] },
      { op: 'Unsqueeze', inputs: ['peak', 'one'], outputs: ['peaks'] },
      { op: 'Concat', inputs: ['means', 'peaks'], outputs: ['embedding'], attributes: { axis: 1 } },
    ],
    ...changes,
  });
};

describeWithData('encoders/mtat-musicnn.onnx', 'MusiCNN', () => {
  const checkpointPath = testDataPath('encoders/mtat-musicnn.onnx');
  type Check = { 'mtat-musicnn': Record<'embedding' | 'probs', number[][]> };
  const check = testDataJson<Check>('encoders/check.json')['mtat-musicnn'];
  const encode = async (options: { outputName?: string }) => {
    const encoder = await openOnnxEncoder({ checkpointPath, ...options });
    const embeddings = await encoder.encode(await readAudioFile(testDataPath('encoders/check-6s-16k.wav')));
    await encoder.close();
    return { encoder, embeddings };
  };

  it('gives its embedding, as recorded', async () => {
    const { encoder, embeddings } = await encode({});
    expect(encoder).toMatchObject({ sampleRate: 16_000, dim: 200 });
    expect(embeddings.rows).toBe(2);
    expect(worstDifference(embeddings.data, check.embedding.flat())).toBeLessThan(1e-4);
  });

  it('gives another output where it is asked for', async () => {
    const { encoder, embeddings } = await encode({ outputName: 'probs' });
    expect(encoder.dim).toBe(50);
    expect(worstDifference(embeddings.data, check.probs.flat())).toBeLessThan(1e-4);
  });
});

describeWithData('encoders/clmr-open', 'CLMR', () => {
  const checkpointPath = testDataPath('encoders/clmr-open/clmr-open.onnx');
  type Check = {
    tolerance: number;
    six_seconds: { segments: number[][]; mean: number[] };
    whole_clip: { samples: number; flat: number[]; segments_mean: number[]; segments: number };
  };
  const check = testDataJson<Check>('encoders/clmr-open/check.json');
  const audio = (name: string) => readAudioFile(testDataPath('encoders/clmr-open', name));
  const meanOf = (data: Float32Array, dim: number) =>
    Array.from({ length: dim }, (_, c) => {
      const course = data.filter((_, i) => i % dim === c);
      return course.reduce((sum, value) => sum + value, 0) / course.length;
    });

  it('gives its segments, as recorded, and takes its sample rate from its window', async () => {
    const encoder = await openOnnxEncoder({ checkpointPath, window: 59_049 });
    expect(encoder).toMatchObject({ sampleRate: 22_050, dim: 512 });
    const six = await encoder.encode(await audio('check-6s-22k05.wav'));
    expect(worstDifference(six.data, check.six_seconds.segments.flat())).toBeLessThan(check.tolerance);
    expect(worstDifference(meanOf(six.data, 512), check.six_seconds.mean)).toBeLessThan(check.tolerance);
    const whole = await encoder.encode(await audio('check-29s-22k05.wav'));
    expect(whole.rows).toBe(check.whole_clip.segments);
    expect(worstDifference(meanOf(whole.data, 512), check.whole_clip.segments_mean)).toBeLessThan(check.tolerance);
    await encoder.close();
  });

  it('can take a whole clip at once', async () => {
    const { samples, flat } = check.whole_clip;
    const encoder = await openOnnxEncoder({ checkpointPath, window: samples, sampleRate: 22_050 });
    expect(encoder.dim).toBe(flat.length);
    const whole = await encoder.encode(await audio('check-29s-22k05.wav'));
    expect(worstDifference(whole.data, flat)).toBeLessThan(check.tolerance);
    await encoder.close();
  });

  it('needs to be told the window', async () => {
    await expect(openOnnxEncoder({ checkpointPath })).rejects.toMatchObject({
      option: 'encoder.window',
      message: expect.stringContaining('with encoder.window'),
    });
  });

  describe('as an encoder', () => testEncoder(() => openOnnxEncoder({ checkpointPath, window: 59_049 })));
});

describe('an encoder of a small model', () => {
  testEncoder(async () => openOnnxEncoder({ checkpointPath: await save(meanAndPeak(['batch', 16_000])) }));
});

describeOnSoftwareCard('an encoder on a software device', () => {
  const opened = async (said: string[] = []) =>
    openOnnxEncoder(
      { checkpointPath: await save(meanAndPeak(['batch', 16_000])), provider: 'webgpu' },
      quietHost({ notice: (text) => said.push(text) }),
    );
  testEncoder(opened);

  it('gives the mean and the peak, and runs nowhere else', async () => {
    const said: string[] = [];
    const encoder = await opened(said);
    expect(said.join()).not.toContain('onnxruntime cannot use');
    expect(encoder.usesDevice).toBe(true);
    const { data } = await encoder.encode(waveform(Array.from({ length: 16_000 }, (_, i) => (i === 7 ? 0.75 : 0.25))));
    expect(data[0]).toBeCloseTo(0.25 + 0.5 / 16_000, 6);
    expect(data[1]).toBe(0.75);
    await encoder.close();
  });
});

describe('windows', () => {
  const ramp = waveform(Array.from({ length: 19 }, (_, i) => i / 32));
  const expected = [
    [1.5 / 32, 3 / 32],
    [5.5 / 32, 7 / 32],
    [9.5 / 32, 11 / 32],
    [13.5 / 32, 15 / 32],
  ];

  it.each([[['batch', 4]], [['batch', 1, 4]], [['batch', 'channels', 4]], [[1, 4]], [[1, 1, 4]], [[3, 4]]])(
    'are fed as a model of input %j wants them',
    async (shape) => {
      const encoder = await openOnnxEncoder({ checkpointPath: await save(meanAndPeak(shape)) });
      const { data, rows, cols } = await encoder.encode(ramp);
      expect({ rows, cols, data: Array.from(data) }).toEqual({ rows: 4, cols: 2, data: expected.flat() });
      await encoder.close();
    },
  );

  it('overlap by the hop, more of them than fit into one batch', async () => {
    const encoder = await openOnnxEncoder({ checkpointPath: await save(meanAndPeak(['batch', 4])), hop: 1 });
    const long = waveform(Array.from({ length: 44 }, (_, i) => i / 64));
    const { data, rows } = await encoder.encode(long);
    expect(rows).toBe(41);
    expect(Array.from(data)).toEqual(Array.from({ length: 41 }, (_, i) => [(i + 1.5) / 64, (i + 3) / 64]).flat());
    await encoder.close();
  });

  it('are filled up with zeros where the clip is shorter', async () => {
    const encoder = await openOnnxEncoder({ checkpointPath: await save(meanAndPeak(['batch', 4])) });
    expect(Array.from((await encoder.encode(waveform([-0.5, -0.5]))).data)).toEqual([-0.25, 0]);
    await encoder.close();
  });

  it('give one flat embedding for an output with trailing ones', async () => {
    const model = modelBytes({
      inputs: [{ name: 'audio', type: 'float32', shape: ['batch', 1, 8] }],
      outputs: [{ name: 'pooled', type: 'float32', shape: ['batch', 3, 1] }],
      initializers: [
        { name: 'weights', shape: [3, 1, 8], data: new Float32Array(24).map((_, i) => (i % 8 === 0 ? 1 + i / 8 : 0)) },
      ],
      nodes: [{ op: 'Conv', inputs: ['audio', 'weights'], outputs: ['pooled'] }],
    });
    const encoder = await openOnnxEncoder({ checkpointPath: await save(model) });
    const { data } = await encoder.encode(waveform([1, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0]));
    expect(Array.from(data)).toEqual([1, 2, 3, 0.5, 1, 1.5]);
    await encoder.close();
  });
});

describe('what is said about a model', () => {
  const opened = async (model: Uint8Array, options: object, description?: unknown) => {
    const checkpointPath = await save(model);
    if (description !== undefined) {
      const text = typeof description === 'string' ? description : JSON.stringify(description);
      await writeFile(checkpointPath.replace('.onnx', '.json'), text);
    }
    const said: string[] = [];
    const encoder = await openOnnxEncoder(
      { checkpointPath, ...options },
      quietHost({ notice: (text) => said.push(text) }),
    );
    await encoder.close();
    return { encoder, said };
  };

  it('is concluded and told where nobody says it', async () => {
    const { encoder, said } = await opened(meanAndPeak(['batch', 59_049]), {});
    expect(encoder.sampleRate).toBe(22_050);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /window taken as 59049 samples.*sample rate taken as 22050 Hz \(encoder\.sampleRate changes it/,
    );
  });

  it('is not told where it is said', async () => {
    const { encoder, said } = await opened(meanAndPeak(['batch', 'n']), { window: 100, sampleRate: 8000 });
    expect(encoder.sampleRate).toBe(8000);
    expect(said).toEqual([]);
  });

  it('comes from the JSON file beside it, unless an option says otherwise', async () => {
    const model = meanAndPeak(['batch', 'n']);
    const description = { sampleRate: 24_000, window: 100, tags: ['rock'] };
    const { encoder, said } = await opened(model, {}, description);
    expect(encoder.sampleRate).toBe(24_000);
    expect(said).toEqual([expect.stringMatching(/also says tags: not used/)]);
    expect((await opened(model, { sampleRate: 8000 }, description)).encoder.sampleRate).toBe(8000);
  });

  it('must make sense', async () => {
    const model = meanAndPeak(['batch', 4]);
    await expect(opened(model, {}, { window: -1 })).rejects.toMatchObject({
      option: expect.stringMatching(/^model-\d+\.json\.window$/),
    });
    await expect(opened(model, {}, '{')).rejects.toThrow(/\.json.* is no JSON/);
    await expect(opened(model, {}, [])).rejects.toThrow(/must be a JSON object/);
    await expect(opened(model, { window: 5 })).rejects.toMatchObject({ option: 'encoder.window' });
    await expect(opened(model, { inputName: 'mel' })).rejects.toThrow(/no input "mel"\. It has: audio/);
    await expect(opened(model, { outputName: 'probs' })).rejects.toThrow(/no output "probs"\. It has: embedding/);
  });

  it('chooses the output named as an embedding, else the first that is no score', async () => {
    const outputs = (...names: string[]): Partial<Graph> => ({
      outputs: names.map((name) => ({ name, type: 'float32', shape: ['batch', 8] })),
      nodes: names.map((name, i) => ({ op: i === 0 ? 'Relu' : 'Neg', inputs: ['audio'], outputs: [name] })),
      initializers: [],
    });
    const chosen = async (...names: string[]) =>
      (await opened(meanAndPeak(['batch', 8], outputs(...names)), { window: 8, sampleRate: 8000 })).said.join();
    expect(await chosen('hidden', 'Embeddings')).toContain('output taken as "Embeddings" of hidden, Embeddings');
    expect(await chosen('class_probs', 'hidden')).toContain('output taken as "hidden"');
    expect(await chosen('logits', 'probabilities')).toContain('output taken as "logits"');
    expect(await chosen('hidden')).toBe('');
  });

  it('changes the fingerprint when it changes the numbers', async () => {
    const model = meanAndPeak(['batch', 'n']);
    const fingerprint = async (options: object, bytes = model) =>
      (await opened(bytes, { window: 100, ...options })).encoder.fingerprint;
    const all = [
      await fingerprint({}),
      await fingerprint({ window: 101 }),
      await fingerprint({ hop: 50 }),
      await fingerprint({ sampleRate: 8000 }),
      await fingerprint({}, meanAndPeak(['batch', 'm'])),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(await fingerprint({ hop: 100, sampleRate: 16_000, outputName: 'embedding' })).toBe(all[0]);
  });

  it('falls back to what works, and says why', async () => {
    const { encoder, said } = await opened(meanAndPeak(['batch', 'n']), {
      window: 64,
      sampleRate: 8000,
      provider: 'cuda',
    });
    expect(encoder.dim).toBe(2);
    for (const notice of said) expect(notice).toMatch(/onnxruntime cannot use (cuda|webgpu)/);
  });
});

describe('a model that cannot be used', () => {
  const refusal = async (content: Uint8Array | string) => {
    const path = await save(content);
    const error = await openOnnxEncoder({ checkpointPath: path, sampleRate: 16_000 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'REFRAIN_CONFIG', message: expect.stringContaining(path) });
    return (error as Error).message;
  };

  it('is asked for by name', async () => {
    await expect(openOnnxEncoder({})).rejects.toMatchObject({
      option: 'encoder.checkpointPath',
      message: expect.stringContaining('mfcc'),
    });
    const missing = join(folder, 'missing.onnx');
    await expect(openOnnxEncoder({ checkpointPath: missing })).rejects.toMatchObject({
      option: 'encoder.checkpointPath',
      message: expect.stringContaining(missing),
    });
    await expect(openOnnxEncoder({ checkpointPath: folder })).rejects.toMatchObject({ code: 'REFRAIN_CONFIG' });
  });

  it('is told from other files', async () => {
    expect(await refusal('')).toMatch(/an empty file/);
    expect(await refusal('no model at all')).toMatch(/no ONNX model/);
    expect(await refusal('version https://git-lfs.github.com/spec/v1')).toMatch(/git lfs pull/);
    expect(await refusal(Uint8Array.of(0x80, 2, 0x8a, 10))).toMatch(/Python pickle.*torch\.onnx\.export/);
    expect(await refusal('PK\x03\x04 archive/data.pkl')).toMatch(/zip archive.*torch\.onnx\.export/);
    expect(await refusal(`\x10\0\0\0\0\0\0\0{"__metadata__":{}}`)).toMatch(/safetensors/);
  });

  it('is refused wherever it was cut', async () => {
    const model = meanAndPeak(['batch', 4]);
    for (let length = 1; length < model.length; length += 3) await refusal(model.subarray(0, length));
  });

  it('is refused when its weights are in another file', async () => {
    const field = (number: number, content: string | Uint8Array) =>
      Buffer.concat([Uint8Array.of(number * 8 + 2, content.length), Buffer.from(content as string)]);
    const location = Buffer.concat([field(1, 'location'), field(2, '../secret.bin')]);
    const tensor = Buffer.concat([field(8, 'w'), field(13, location), Uint8Array.of(14 * 8, 1)]);
    const constant = field(5, Buffer.concat([field(1, 'value'), field(5, tensor)]));
    expect(await refusal(field(7, field(5, tensor)))).toMatch(/another file \("\.\.\/secret\.bin"\)/);
    expect(await refusal(field(7, field(1, constant)))).toMatch(/another file \("\.\.\/secret\.bin"\)/);
  });

  it('is refused for its inputs and outputs', async () => {
    const identity = (graph: Partial<Graph>) =>
      modelBytes({
        inputs: [{ name: 'audio', type: 'float32', shape: ['batch', 8] }],
        outputs: [{ name: 'out', type: 'float32', shape: ['batch', 8] }],
        nodes: [{ op: 'Identity', inputs: ['audio'], outputs: ['out'] }],
        ...graph,
      });
    const shaped = (type: 'float32' | 'float64' | 'int64', shape: (number | string)[]): Partial<Graph> => ({
      inputs: [{ name: 'audio', type, shape }],
      outputs: [{ name: 'out', type, shape }],
    });
    expect(await refusal(identity(shaped('float64', ['batch', 8])))).toMatch(
      /is float64 \[batch, 8\]; expected float32/,
    );
    expect(await refusal(identity(shaped('float32', ['batch', 1, 128, 8])))).toMatch(
      /expected float32 \[batch, samples\].*spectrogram/,
    );
    expect(await refusal(identity(shaped('float32', ['batch', 2, 8])))).toMatch(
      /expected float32 .* \[batch, 1, samples\]/,
    );
    expect(
      await refusal(
        identity({ inputs: ['a', 'audio'].map((name) => ({ name, type: 'float32', shape: ['batch', 8] })) }),
      ),
    ).toMatch(/has 2 inputs \(a, audio\)/);
    expect(await refusal(identity(shaped('float32', ['batch', 1, 8])))).toMatch(
      /the shape \[1, 1, 8\] for 1 window; expected \[1, dim\]/,
    );
    const cast = { op: 'Cast', inputs: ['audio'], outputs: ['out'], attributes: { to: 11 } };
    const double = identity({ nodes: [cast], outputs: [{ name: 'out', type: 'float64', shape: ['batch', 8] }] });
    expect(await refusal(double)).toMatch(/is float64; expected a float32 tensor/);
  });
});

describe('an encoder', () => {
  const root = modelBytes({
    inputs: [{ name: 'audio', type: 'float32', shape: ['batch', 2] }],
    outputs: [{ name: 'out', type: 'float32', shape: ['batch', 2] }],
    nodes: [{ op: 'Sqrt', inputs: ['audio'], outputs: ['out'] }],
  });

  it('passes on no number that is not finite', async () => {
    const encoder = await openOnnxEncoder({ checkpointPath: await save(root) });
    await expect(encoder.encode(waveform([0.25, -0.25]))).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
    expect(Array.from((await encoder.encode(waveform([0.25, 0.25]))).data)).toEqual([0.5, 0.5]);
    await encoder.close();
  });

  it('does not encode once closed or interrupted', async () => {
    const interrupt = new AbortController();
    const encoder = await openOnnxEncoder(
      { checkpointPath: await save(root) },
      quietHost({ signal: interrupt.signal }),
    );
    interrupt.abort(new Error('interrupted'));
    await expect(encoder.encode(waveform([0, 0]))).rejects.toThrow('interrupted');
    await encoder.close();
    await expect(encoder.encode(waveform([0, 0]))).rejects.toThrow('closed');
  });
});
