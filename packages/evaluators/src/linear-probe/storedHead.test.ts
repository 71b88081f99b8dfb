import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type EvaluationInput, type EvaluationSplit, readNpy, seededRandom, zeros } from '@refrain/core';
import {
  describeWithData,
  syntheticEvaluationInput,
  testDataJson,
  testDataPath,
  testEvaluator,
} from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type HeadParameters, type HeadShape, initialParameters } from './head.ts';
import { LinearProbe } from './linearProbe.ts';
import { MARBLE_PROBE } from './options.ts';

const head = (shape: HeadShape) => initialParameters(shape, seededRandom('head'));

/** A safetensors file of the head, in a folder of its own. */
async function save(parameters: HeadParameters): Promise<string> {
  const entries = Object.entries(parameters);
  let at = 0;
  const header = entries.map(([name, { shape, data }]) => {
    at += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [at - data.byteLength, at] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bytes = entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-head-')), 'head.safetensors');
  await writeFile(path, Buffer.concat([length, json, ...bytes]));
  return path;
}

describe('a linear probe with a stored head', () => {
  let stored: string;
  beforeAll(async () => {
    stored = await save(head({ dim: 8, classes: 4, mlp: true }));
  });
  testEvaluator(() => new LinearProbe({ headPath: stored }), {
    makeInput: () => syntheticEvaluationInput('multi-label'),
  });

  it.each<[string, EvaluationInput['task'], ConstructorParameters<typeof LinearProbe>[0]]>([
    ['linear', 'multi-label', {}],
    ['linear, single-label', 'single-label', {}],
    ['MLP', 'multi-label', { mlp: true }],
    ['MLP, single-label, on means', 'single-label', { mlp: true, input: 'mean' }],
    ["MARBLE's", 'multi-label', { ...MARBLE_PROBE, input: 'mean' }],
    ["MARBLE's, narrow, single-label", 'single-label', { ...MARBLE_PROBE, hidden: 3, input: 'mean' }],
  ])('gives exactly what the training gave: %s', async (_, task, options) => {
    const input = syntheticEvaluationInput(task as 'multi-label');
    const trained = await new LinearProbe({ ...options, maxEpochs: 5, learningRate: 0.01 }).evaluate(input);
    const headPath = await save(trained.parameters!);
    const probe = new LinearProbe({ ...options, headPath });
    expect(probe.trains).toBe(false);
    const { metrics, perClass, parameters, details } = await probe.evaluate({ ...input, keep: Uint32Array.of(0) });
    expect({ metrics, perClass }).toEqual({ metrics: trained.metrics, perClass: trained.perClass });
    expect(parameters).toBeUndefined();
    const { skippedClasses } = trained.details!;
    expect(details).toEqual({ head: basename(headPath), ...(task === 'multi-label' && { skippedClasses }) });
  });

  it('needs the test clips alone', async () => {
    const input = syntheticEvaluationInput('multi-label');
    const { train, keep, valid, test } = syntheticEvaluationInput('multi-label', { tracks: 0 });
    const probe = new LinearProbe({ headPath: stored });
    const alone = { ...input, train, keep, valid };
    expect(probe.unsuitable(alone)).toBeUndefined();
    expect(await probe.evaluate(alone)).toEqual(await probe.evaluate(input));
    expect(probe.unsuitable({ ...input, test })).toMatch(/no test clips/);
    expect(probe.unsuitable({ ...input, task: 'unlabelled' })).toMatch(/neither trained nor tested/);
  });

  it.each<[Partial<HeadShape>, object, RegExp]>([
    [{ dim: 9 }, {}, /takes 9 numbers a segment, the embeddings have 8/],
    [{ classes: 5 }, {}, /tells 5 classes, the dataset has 4/],
    [{ mlp: false }, { mlp: true }, /is linear/],
    [{ hidden: 5 }, { mlp: true, hidden: 6 }, /has 5 hidden units, but 6 are asked for/],
  ])('refuses a head of another shape: %j', async (shape, options, message) => {
    const headPath = await save(head({ dim: 8, classes: 4, mlp: true, ...shape }));
    const probe = new LinearProbe({ ...options, headPath });
    await expect(probe.evaluate(syntheticEvaluationInput('multi-label'))).rejects.toThrow(message);
  });

  it('names a test clip that is wrong', async () => {
    const input = syntheticEvaluationInput('multi-label');
    const test = { ...input.test, labels: input.test.labels.map(() => [4]) };
    const probe = new LinearProbe({ headPath: stored });
    await expect(probe.evaluate({ ...input, test })).rejects.toThrow('"test-0" has label 4; there are 4 classes.');
  });
});

interface GoldenMetrics {
  readonly roc_auc?: readonly number[];
  readonly ap?: readonly number[];
  readonly accuracy?: number;
}

describeWithData('golden/probe', 'heads that PyTorch trained', () => {
  it.each(['multi_linear', 'multi_mlp', 'single_linear', 'single_mlp'])('%s: its test metrics', async (name) => {
    const at = (...parts: string[]) => testDataPath('golden', 'probe', ...parts);
    const { test_metrics_f32: golden } = testDataJson<{ test_metrics_f32: GoldenMetrics }>(
      'golden',
      'probe',
      name,
      'expected.json',
    );
    const keys = name.endsWith('mlp') ? ['0.weight', '0.bias', '2.weight', '2.bias'] : ['0.weight', '0.bias'];
    const tensors = keys.map(async (key) => {
      const { shape, data } = await readNpy(at(name, `final_f64.${key}.npy`));
      return [key, { shape, data: Float32Array.from(data as Float64Array) }] as const;
    });
    const headPath = await save(Object.fromEntries(await Promise.all(tensors)));
    const task = name.startsWith('multi') ? 'multi-label' : 'single-label';
    const { perClass, metrics } = await new LinearProbe({ headPath }).evaluate(await goldenInput(task));
    if (golden.accuracy !== undefined) expect(metrics.Accuracy).toBeCloseTo(golden.accuracy, 12);
    for (const [i, value] of golden.roc_auc?.entries() ?? []) expect(perClass!['ROC-AUC']![i]).toBeCloseTo(value, 12);
    for (const [i, value] of golden.ap?.entries() ?? []) expect(perClass!['PR-AUC']![i]).toBeCloseTo(value, 12);
    expect(Object.keys(metrics)).toEqual(task === 'multi-label' ? ['PR-AUC', 'ROC-AUC'] : ['Accuracy']);
  });
});

async function goldenInput(task: 'multi-label' | 'single-label'): Promise<EvaluationInput> {
  const at = (name: string) => testDataPath('golden', 'probe', name);
  const { shape, data } = await readNpy(at('x_test.npy'));
  const [clips, perClip, cols] = shape as [number, number, number];
  const truth = await readNpy(at(task === 'multi-label' ? 'y_multi_test.npy' : 'y_single_test.npy'));
  const values = Array.from(truth.data as ArrayLike<number | bigint>, Number);
  const count = truth.shape[1] ?? 5;
  const labelsOf = (clip: number) =>
    truth.shape.length === 1
      ? [values[clip]!]
      : Array.from({ length: count }, (_, i) => i).filter((i) => values[clip * count + i] === 1);
  const ids = Array.from({ length: clips }, (_, clip) => `clip ${clip}`);
  const split = { ids: [], labels: [], groups: [], segments: zeros(0, cols), segmentStart: new Uint32Array(1) };
  const empty: EvaluationSplit = { ...split, embeddings: zeros(0, cols) };
  const test: EvaluationSplit = {
    ids,
    labels: ids.map((_, clip) => labelsOf(clip)),
    groups: ids.map(() => undefined),
    segments: { data: data as Float32Array, rows: clips * perClip, cols },
    segmentStart: Uint32Array.from({ length: clips + 1 }, (_, clip) => clip * perClip),
    embeddings: zeros(clips, cols),
  };
  const classes = Array.from({ length: count }, (_, i) => `class ${i}`);
  return { task, classes, train: empty, valid: empty, test, keep: new Uint32Array(), random: seededRandom(0) };
}
