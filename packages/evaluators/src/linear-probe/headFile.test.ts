import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkHeadFits, type HeadFile, readHead } from './headFile.ts';

/** A tensor of a file, bytes as they lie in it. */
interface Raw {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const floats = (shape: readonly number[], value?: number): Raw => {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, i) => value ?? i / 8);
  return { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) };
};

const words = (dtype: string, shape: readonly number[], ...bits: number[]): Raw => ({
  dtype,
  shape,
  bytes: new Uint8Array(Uint16Array.from(bits).buffer),
});

let folder: string;
let written = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-head-'));
});

/** A safetensors file of these tensors. */
async function save(tensors: Readonly<Record<string, Raw>>, metadata?: Record<string, string>): Promise<string> {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(folder, `${written++}.safetensors`);
  await writeFile(path, Buffer.concat([length, json, ...Object.values(tensors).map(({ bytes }) => bytes)]));
  return path;
}

const linear = (classes: number, dim: number) => ({ '0.weight': floats([classes, dim]), '0.bias': floats([classes]) });
const mlp = (classes: number, dim: number, hidden = dim) => ({
  ...linear(hidden, dim),
  '2.weight': floats([classes, hidden]),
  '2.bias': floats([classes]),
});
const under = (prefix: string, tensors: Readonly<Record<string, Raw>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]));

async function refusal(path: string): Promise<DataError> {
  const error = await readHead(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  expect(error).toMatchObject({ source: path, message: expect.stringContaining(path) });
  return error as DataError;
}

describe('readHead', () => {
  it('reads a linear head, and what its file says of it', async () => {
    const { shape, parameters, metadata } = await readHead(await save(linear(3, 4), { standardize: 'on' }));
    expect(shape).toEqual({ dim: 4, classes: 3, mlp: false });
    expect(parameters).toEqual({
      '0.weight': { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 8) },
      '0.bias': { shape: [3], data: Float32Array.of(0, 1 / 8, 2 / 8) },
    });
    expect([...metadata]).toEqual([['standardize', 'on']]);
  });

  it('reads an MLP head, whatever the order of its keys', async () => {
    const tensors = Object.fromEntries(Object.entries(mlp(3, 4)).reverse());
    const { shape, parameters, metadata } = await readHead(await save(tensors));
    expect(shape).toEqual({ dim: 4, classes: 3, mlp: true, hidden: 4 });
    expect(Object.entries(parameters).map(([name, { shape: lengths }]) => [name, lengths])).toEqual([
      ['0.weight', [4, 4]],
      ['0.bias', [4]],
      ['2.weight', [3, 4]],
      ['2.bias', [3]],
    ]);
    expect(metadata.size).toBe(0);
  });

  it.each([
    ['wider', 3, 512],
    ['narrower', 5, 2],
  ])('reads an MLP head whose hidden layer is %s than its input', async (_, dim, hidden) => {
    const { shape, parameters } = await readHead(await save(under('model.', mlp(4, dim, hidden))));
    expect(shape).toEqual({ dim, classes: 4, mlp: true, hidden });
    expect(Object.entries(parameters).map(([name, { shape: lengths }]) => [name, lengths])).toEqual([
      ['0.weight', [hidden, dim]],
      ['0.bias', [hidden]],
      ['2.weight', [4, hidden]],
      ['2.bias', [4]],
    ]);
    for (const { data } of Object.values(parameters)) expect(data).toEqual(data.map((_, i) => i / 8));
  });

  it('takes an MLP of one class and a head of one number', async () => {
    expect((await readHead(await save(mlp(1, 1)))).shape).toEqual({ dim: 1, classes: 1, mlp: true, hidden: 1 });
    expect((await readHead(await save(linear(1, 1)))).shape).toEqual({ dim: 1, classes: 1, mlp: false });
  });

  it('finds the head beside a frozen encoder, as a Lightning module saved by its keys has it', async () => {
    const encoder = { 'encoder.sequential.0.0.weight': floats([2, 1, 3]), 'encoder.fc.weight': floats([2, 2]) };
    const path = await save({ ...encoder, ...under('model.', mlp(2, 2)) });
    expect((await readHead(path)).shape).toEqual({ dim: 2, classes: 2, mlp: true, hidden: 2 });
  });

  it('reads half precision by value', async () => {
    // 1.5 is 0x3e00 in binary16 and 0x3fc0 in bfloat16, −2 is 0xc000 in both.
    const path = await save({ '0.weight': words('F16', [1, 2], 0x3e00, 0xc000), '0.bias': words('BF16', [1], 0x3fc0) });
    const { parameters } = await readHead(path);
    expect(parameters['0.weight']!.data).toEqual(Float32Array.of(1.5, -2));
    expect(parameters['0.bias']!.data).toEqual(Float32Array.of(1.5));
  });

  it('names the option for a file that is not there', async () => {
    const error = await readHead(join(folder, 'none.pt')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ option: 'linear-probe.headPath', message: expect.stringMatching(/no such file/) });
  });

  it.each<[string, Record<string, Raw>, RegExp]>([
    [
      "CLMR's encoder",
      { 'encoder.sequential.0.0.weight': floats([2, 1, 3]), 'encoder.fc.weight': floats([2, 2]) },
      /no head of CLMR: expected the keys "0\.weight" \[classes, dim\].*CLMR's encoder.*checkpointPath/,
    ],
    ['an encoder under "model."', { 'model.encoder.sequential.0.0.weight': floats([2, 1, 3]) }, /CLMR's encoder/],
    ['a projector', { 'projector.0.weight': floats([2, 2]), 'projector.2.weight': floats([2, 2]) }, /projector/],
    ['a transformer', { 'layers.0.self_attn.k_proj.weight': floats([2, 2]) }, /transformer/],
    ['a layer of another name', { 'fc.weight': floats([2, 2]), 'fc.bias': floats([2]) }, /save it as "0\.weight"/],
    ['other layers', { '1.weight': floats([2, 2]), '1.bias': floats([2]) }, /other layers than CLMR has/],
    ['anything else', { a: floats([1]), b: floats([1]) }, /Its keys are "a", "b"\.$/],
    ['a further layer', { ...mlp(2, 3), '4.weight': floats([2, 2]) }, /has "4\.weight" beside .* no other layer/],
    ['a batch norm between', { ...linear(2, 3), '1.running_mean': floats([2]) }, /has "1\.running_mean" beside/],
    ['a key of 10⁵ letters', { ...linear(2, 3), ['k'.repeat(1e5)]: floats([2]) }, /^.{1,600}$/s],
    ['no bias', { '0.weight': floats([2, 3]) }, /has no "0\.bias"; expected \[2\]/],
    ['no weight', under('model.', { '0.bias': floats([2]) }), /has no "model\.0\.weight"; expected \[classes, dim\]/],
    ['half an MLP', { ...linear(3, 3), '2.bias': floats([2]) }, /has no "2\.weight"; expected \[classes, 3\]/],
    ['a bias of another length', { ...linear(2, 3), '0.bias': floats([3]) }, /"0\.bias" is \[3\]; expected \[2\]/],
    ['a bias with two dimensions', { ...linear(2, 3), '0.bias': floats([2, 1]) }, /"0\.bias" is \[2, 1\]; expected/],
    [
      'a weight with one',
      { ...linear(2, 3), '0.weight': floats([6]) },
      /"0\.weight" is \[6\]; expected \[classes, dim\]/,
    ],
    ['a weight with three', { ...linear(2, 3), '0.weight': floats([2, 3, 1]) }, /"0\.weight" is \[2, 3, 1\]/],
    ['no classes', linear(0, 3), /"0\.weight" is \[0, 3\]/],
    ['no inputs', linear(2, 0), /"0\.weight" is \[2, 0\]/],
    [
      'an MLP whose second layer takes more than the first gives',
      { ...mlp(2, 3, 4), '2.weight': floats([2, 5]) },
      /"2\.weight" is \[2, 5\]; expected \[2, 4\]\.$/,
    ],
    [
      'a hidden bias of another length',
      { ...mlp(2, 3, 4), '0.bias': floats([3]) },
      /"0\.bias" is \[3\]; expected \[4\]\.$/,
    ],
    [
      'an MLP without its first weight',
      under('model.', { '0.bias': floats([4]), '2.weight': floats([2, 4]), '2.bias': floats([2]) }),
      /has no "model\.0\.weight"; expected \[hidden, dim\]\.$/,
    ],
    ['no hidden units', mlp(2, 3, 0), /"0\.weight" is \[0, 3\]; expected \[hidden, dim\]\.$/],
    ['an MLP without inputs', mlp(2, 0, 4), /"0\.weight" is \[4, 0\]; expected \[hidden, dim\]\.$/],
    ['an MLP without classes', mlp(0, 3, 4), /"2\.weight" is \[0, 4\]; expected \[classes, 4\]\.$/],
    [
      'a first weight with three dimensions',
      { ...mlp(2, 3, 4), '0.weight': floats([4, 3, 1]) },
      /"0\.weight" is \[4, 3, 1\]; expected \[hidden, dim\]\.$/,
    ],
    [
      'a second weight with one',
      { ...mlp(2, 3, 4), '2.weight': floats([8]) },
      /"2\.weight" is \[8\]; expected \[classes, 4\]\.$/,
    ],
    [
      'a weight that is NaN',
      { ...linear(2, 3), '0.weight': floats([2, 3], Number.NaN) },
      /"0\.weight" \[2, 3\] holds NaN/,
    ],
    [
      'a bias that is infinite',
      under('model.', { ...linear(2, 3), '0.bias': floats([2], Infinity) }),
      /"model\.0\.bias" .* Infinity/,
    ],
    [
      'whole numbers',
      { ...linear(2, 1), '0.bias': words('I16', [2], 1, 2) },
      /"0\.bias" holds int16; expected one of float32/,
    ],
  ])('refuses %s', async (_, tensors, message) => {
    expect((await refusal(await save(tensors))).message).toMatch(message);
  });
});

describe('checkHeadFits', () => {
  const head = (shape: HeadFile['shape']): HeadFile => ({ path: 'a.pt', shape, parameters: {}, metadata: new Map() });
  const shape = { dim: 4, classes: 3, mlp: false };

  it('lets pass what fits; the file may hold an MLP unasked', () => {
    checkHeadFits(head(shape), shape);
    checkHeadFits(head({ ...shape, mlp: true }), shape);
    checkHeadFits(head({ ...shape, mlp: true }), { ...shape, mlp: true });
  });

  it('lets an MLP of any width pass, unless one width is asked for', () => {
    const marble = { ...shape, mlp: true, hidden: 512 };
    checkHeadFits(head(marble), { ...shape, mlp: true });
    checkHeadFits(head(marble), marble);
    checkHeadFits(head({ ...shape, mlp: true }), { ...shape, mlp: true, hidden: 4 });
  });

  it.each([
    [{ ...shape, dim: 5 }, DataError, /a\.pt takes 4 numbers a segment, the embeddings have 5\. Choose the encoder/],
    [{ ...shape, classes: 50 }, DataError, /a\.pt tells 3 classes, the dataset has 50\. Choose the dataset/],
    [{ ...shape, mlp: true }, ConfigError, /a\.pt is linear.*leave mlp out/],
  ])('refuses %j', (wanted, kind, message) => {
    expect(() => checkHeadFits(head(shape), wanted)).toThrow(kind);
    expect(() => checkHeadFits(head(shape), wanted)).toThrow(message);
  });

  it.each([
    [{ ...shape, mlp: true, hidden: 512 }, /a\.pt has 512 hidden units, but 8 are asked for: leave hidden out/],
    [{ ...shape, mlp: true }, /a\.pt has 4 hidden units, but 8 are asked for: leave hidden out/],
  ])('refuses 8 hidden units for %j', (found, message) => {
    const wanted = { ...shape, mlp: true, hidden: 8 };
    expect(() => checkHeadFits(head(found), wanted)).toThrow(ConfigError);
    expect(() => checkHeadFits(head(found), wanted)).toThrow(message);
  });
});

describeWithData('seed-runs', 'heads that CLMR and its fork trained', () => {
  it('have the known values', async () => {
    const { shape, parameters, metadata } = await readHead(testDataPath('seed-runs', 'finetuner_checkpoint_200.pt'));
    expect(shape).toEqual({ dim: 512, classes: 50, mlp: false });
    expect(metadata.size).toBe(0);
    // As facts/clmr.md, section 2.5, prints them, with eight digits.
    const printed = {
      '0.bias': [-0.21962714, -0.19322635, -0.2592058, -0.33989337],
      '0.weight': [-0.02291881, -0.01953799, 0.0957737],
    };
    for (const [name, values] of Object.entries(printed)) {
      for (const [i, value] of values.entries()) expect(parameters[name]!.data[i]).toBeCloseTo(value, 7);
    }
    expect(parameters['0.weight']!.data).toHaveLength(50 * 512);
  });

  it('on a pruned set has the same shape', async () => {
    const { shape } = await readHead(testDataPath('seed-runs', 'pruned_finetuner.pt'));
    expect(shape).toEqual({ dim: 512, classes: 50, mlp: false });
  });
});

interface Case {
  readonly file: string;
  readonly expect: string;
  readonly content?: { readonly dict: readonly (readonly [string, Content])[] };
}
interface Content {
  readonly values?: readonly number[];
  readonly dict?: readonly (readonly [string, Content])[];
}

describeWithData('golden/checkpoint', 'golden checkpoints', () => {
  const cases = testDataJson<Case[]>('golden', 'checkpoint', 'manifest.json');
  const pathOf = (file: string) => testDataPath('golden', 'checkpoint', file);

  it.each([
    ['head_linear_zip.pt', ''],
    ['head_linear_legacy.pt', ''],
    ['saved_on_cuda.pt', ''],
    ['lightning_finetuner.ckpt', 'model.'],
  ])('%s: the head that torch.save wrote', async (file, prefix) => {
    const { content } = cases.find((one) => one.file === file)!;
    const state = new Map(prefix === '' ? content!.dict : new Map(content!.dict).get('state_dict')!.dict);
    const { shape, parameters } = await readHead(pathOf(file));
    expect(shape).toEqual({ dim: 4, classes: 3, mlp: false });
    for (const name of ['0.weight', '0.bias']) {
      expect(Array.from(parameters[name]!.data)).toEqual(state.get(`${prefix}${name}`)!.values);
    }
  });

  it('refuses every hostile or broken one', async () => {
    const hostile = cases.filter((one) => one.expect === 'refuse');
    expect(hostile).toHaveLength(121);
    for (const { file } of hostile) expect((await refusal(pathOf(file))).message.length).toBeLessThan(900);
  });

  it('tells an encoder of Lightning from a head', async () => {
    expect((await refusal(pathOf('lightning_plain.ckpt'))).message).toMatch(/CLMR's encoder/);
  });
});

describeWithData('encoders/clmr-open', "CLMR's encoder", () => {
  it.each(['clmr-open.pt', 'clmr-open.ckpt', 'clmr-open.safetensors'])('%s is told from a head', async (file) => {
    const { message } = await refusal(testDataPath('encoders', 'clmr-open', file));
    expect(message).toMatch(/no head of CLMR.*CLMR's encoder or a part of it/);
  });

  it('as ONNX is no checkpoint', async () => {
    await refusal(testDataPath('encoders', 'clmr-open', 'clmr-open.onnx'));
  });
});
