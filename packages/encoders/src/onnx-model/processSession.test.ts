import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietHost } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { modelBytes, onnxruntime } from '@refrain/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnnxEncoder } from './onnxEncoder.ts';
import { openProcessSession } from './processSession.ts';

const scalar = (name: string, type: 'bool' | 'int64') => ({ name, type, shape: [] });
const windows = (name: string) => ({ name, type: 'float32' as const, shape: ['batch', 4] });

/** Gives back its windows; where one of their samples is above 0, never. */
const ENDLESS_ABOVE_ZERO = modelBytes({
  inputs: [windows('audio')],
  outputs: [windows('embedding')],
  initializers: [{ name: 'zero', shape: [], data: Float32Array.of(0) }],
  nodes: [
    { op: 'ReduceMax', inputs: ['audio'], outputs: ['peak'], attributes: { keepdims: 0 } },
    { op: 'Greater', inputs: ['peak', 'zero'], outputs: ['goes on'] },
    {
      op: 'Loop',
      inputs: ['', 'goes on', 'audio'],
      outputs: ['embedding'],
      attributes: {
        body: {
          graph: {
            inputs: [scalar('round', 'int64'), scalar('before', 'bool'), windows('x')],
            outputs: [scalar('after', 'bool'), windows('y')],
            nodes: [
              { op: 'Identity', inputs: ['before'], outputs: ['after'] },
              { op: 'Identity', inputs: ['x'], outputs: ['y'] },
            ],
          },
        },
      },
    },
  ],
});

describe('a session in a process of its own', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-process-'));
    path = join(folder, 'endless.onnx');
    await writeFile(path, ENDLESS_ABOVE_ZERO);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const open = async (file: string, seconds: number, signal = new AbortController().signal) => {
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const model = { path: file, sha256, size: bytes.length };
    return openProcessSession(model, { providers: ['cpu'], notice: () => {}, signal, seconds });
  };
  const audio = async (...samples: number[]) => {
    const { Tensor } = await onnxruntime();
    return { audio: new Tensor('float32', Float32Array.from(samples), [samples.length / 4, 4]) };
  };

  it('gives what the graph gives', async () => {
    const session = await open(path, 30);
    expect(session.inputs.map(({ name }) => name)).toEqual(['audio']);
    const { embedding } = await session.run(await audio(-1, -2, 0, -4, -5, -6, -7, -8));
    expect([embedding!.dims, embedding!.data]).toEqual([[2, 4], Float32Array.of(-1, -2, 0, -4, -5, -6, -7, -8)]);
    await session.close();
  });

  it('is ended where the first run has no end', async () => {
    const session = await open(path, 1);
    await expect(session.run(await audio(1, 1, 1, 1))).rejects.toThrow('not done after 1 s of processor time');
    await session.close();
  });

  it('is ended by a signal in the middle of a run, and runs again after that', async () => {
    const stop = new AbortController();
    const session = await open(path, 30);
    await session.run(await audio(0, 0, 0, 0));
    const stuck = session.run(await audio(1, 1, 1, 1), undefined, stop.signal);
    const next = session.run(await audio(0, -1, 0, 0));
    setTimeout(() => stop.abort(new Error('enough')), 300);
    await expect(stuck).rejects.toThrow('enough');
    expect((await next).embedding!.data).toEqual(Float32Array.of(0, -1, 0, 0));
    await session.close();
  });

  it('lets an encoder be interrupted while its model is tried', async () => {
    const stop = new AbortController();
    const encoder = await openOnnxEncoder({ checkpointPath: path }, quietHost({ signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('interrupted')), 100);
    const loud = { samples: Float32Array.of(1, 1, 1, 1), sampleRate: 16_000 };
    await expect(encoder.encode(loud)).rejects.toThrow('interrupted');
    await encoder.close();
  });

  it('refuses a file that is another one by now', async () => {
    const model = { path, sha256: '0'.repeat(64), size: 1 };
    const options = { providers: ['cpu'] as const, notice: () => {}, signal: new AbortController().signal };
    await expect(openProcessSession(model, options)).rejects.toThrow('changed while it was read');
  });

  describeWithData('field-cases/hostile/loop.onnx', 'a model that loops for ever', () => {
    it('is ended', async () => {
      const session = await open(testDataPath('field-cases/hostile/loop.onnx'), 1);
      const { name, shape } = session.inputs[0] as { name: string; shape: readonly (number | string)[] };
      const dims = shape.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
      const { Tensor } = await onnxruntime();
      const zeros = new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims);
      await expect(session.run({ [name]: zeros })).rejects.toThrow('not done after 1 s of processor time');
      await session.close();
    });
  });
});
