import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGraphModel } from '@refrain/checkpoints';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphWriter } from './graphWriter.ts';
import { type Arrangement, translateGraphModel } from './translate.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-translate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
type Constant = Values & { readonly dtype: 'int32' | 'float32' };
interface Node {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: object;
}

const ints = (...values: number[]): Constant => ({ dtype: 'int32', shape: [values.length], values });
const int = (value: number): Constant => ({ dtype: 'int32', shape: [], values: [value] });
const floats = (shape: readonly number[], ...values: number[]): Constant => ({ dtype: 'float32', shape, values });
const row = (...values: number[]): Values => ({ shape: [values.length], values });
const grid = (rows: number, cols: number): Values => ({
  shape: [rows, cols],
  values: Array.from({ length: rows * cols }, (_, i) => i),
});
const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const list = (...i: number[]) => ({ list: { i } });

/** The graph model of these nodes, where x is fed, c0, c1 … are the constants and y is what it gives. */
async function modelOf(nodes: readonly Node[], constants: readonly Constant[] = []) {
  const weights = constants.map(({ dtype, shape }, i) => ({ name: `c${i}`, dtype, shape }));
  const data = constants.map(({ dtype, values }) =>
    Buffer.from((dtype === 'int32' ? Int32Array : Float32Array).from(values).buffer),
  );
  const node = [{ name: 'x', op: 'Placeholder' }, ...weights.map(({ name }) => ({ name, op: 'Const' })), ...nodes];
  const model = {
    format: 'graph-model',
    signature: { inputs: { x: { name: 'x' } }, outputs: { y: { name: 'y' } } },
    modelTopology: { node },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(model));
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(data));
  return readGraphModel(join(folder, 'model.json'));
}

/** What the nodes give for x. */
async function run(
  nodes: readonly Node[],
  x: Values,
  constants: readonly Constant[] = [],
  arrangements?: ReadonlyMap<string, Arrangement>,
): Promise<Values> {
  const writer = new GraphWriter();
  const model = await modelOf(nodes, constants);
  const outputs = await translateGraphModel(model, writer, new Map([['x', 'x']]), arrangements);
  const value = writer.add('Cast', [outputs.get('y')!], { to: 1 });
  const shape = writer.add('Shape', [value]);
  const flat = writer.add('Reshape', [value, writer.integers([-1])]);
  const input = { name: 'x', type: 'float32', shape: x.shape.map((_, i) => `size ${i}`) } as const;
  const graph = writer.graph(
    [input],
    [
      [{ name: 'y', type: 'float32', shape: ['numbers'] }, flat],
      [{ name: 'shape', type: 'int64', shape: ['rank'] }, shape],
    ],
  );
  const session = await openSession(modelBytes(graph));
  const { Tensor } = await onnxruntime();
  const result = await session.run({ x: new Tensor('float32', Float32Array.from(x.values), x.shape) });
  await session.close();
  return {
    shape: Array.from(result.shape!.data as BigInt64Array, Number),
    values: Array.from(result.y!.data as Float32Array),
  };
}

/** What one operation gives for x and the constants. */
const runOne = (op: string, x: Values, constants: readonly Constant[] = [], attr: object = {}) =>
  run([{ name: 'y', op, input: ['x', ...constants.map((_, i) => `c${i}`)], attr }], x, constants);

describe('translateGraphModel', () => {
  const floatsClose = (found: Values, shape: readonly number[], values: readonly number[]) => {
    expect(found.shape).toEqual(shape);
    expect(found.values).toHaveLength(values.length);
    for (const [i, value] of values.entries()) expect(found.values[i]).toBeCloseTo(value, 5);
  };

  it.each<[string, readonly number[], readonly Constant[], readonly number[]]>([
    ['Identity', [1, 2], [], [1, 2]],
    ['Add', [1, 2], [floats([1], 3)], [4, 5]],
    ['AddV2', [1, 2], [floats([2], 3, 4)], [4, 6]],
    ['Sub', [1, 2], [floats([], 3)], [-2, -1]],
    ['Mul', [2, 3], [floats([2], 5, 7)], [10, 21]],
    ['Neg', [2, -3], [], [-2, 3]],
    ['Square', [2, -3], [], [4, 9]],
    ['Sqrt', [4, 9], [], [2, 3]],
    ['Log', [1, Math.E], [], [0, 1]],
    ['Sigmoid', [0, Math.log(3)], [], [0.5, 0.75]],
    ['Relu', [2, -3], [], [2, 0]],
    ['DivNoNan', [6, 0, 5], [floats([3], 4, 0, 0)], [1.5, 0, 0]],
  ])('gives what %s gives, number by number', async (op, x, constants, expected) => {
    floatsClose(await runOne(op, row(...x), constants), [x.length], expected);
  });

  it.each<[string, readonly Constant[], object, Values]>([
    ['Sum', [ints(1)], { keep_dims: { b: true } }, { shape: [2, 1], values: [3, 12] }],
    ['Min', [ints(0, 1)], {}, { shape: [], values: [0] }],
    ['Max', [ints(0)], { keep_dims: { b: false } }, { shape: [3], values: [3, 4, 5] }],
    ['Reshape', [ints(3, -1)], {}, { shape: [3, 2], values: [0, 1, 2, 3, 4, 5] }],
    ['Transpose', [ints(1, 0)], {}, { shape: [3, 2], values: [0, 3, 1, 4, 2, 5] }],
    ['ExpandDims', [int(-1)], {}, { shape: [2, 3, 1], values: [0, 1, 2, 3, 4, 5] }],
    ['Pad', [ints(0, 1, 1, 0)], {}, { shape: [3, 4], values: [0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0] }],
    [
      'MirrorPad',
      [ints(0, 0, 2, 1)],
      { mode: text('REFLECT') },
      { shape: [2, 6], values: [2, 1, 0, 1, 2, 1, 5, 4, 3, 4, 5, 4] },
    ],
    ['Shape', [], {}, { shape: [2], values: [2, 3] }],
  ])('gives what %s gives for two rows of three', async (op, constants, attr, expected) => {
    expect(await runOne(op, grid(2, 3), constants, attr)).toEqual(expected);
  });

  it('puts values together and drops axes, as Pack, ConcatV2 and Squeeze do', async () => {
    const packed = [{ name: 'y', op: 'Pack', input: ['x', 'c0'], attr: { axis: { i: -1 } } }];
    expect(await run(packed, row(1, 2), [floats([2], 3, 4)])).toEqual({ shape: [2, 2], values: [1, 3, 2, 4] });
    const joined = [{ name: 'y', op: 'ConcatV2', input: ['x', 'c0', 'c1'] }];
    expect(await run(joined, row(1, 2), [floats([1], 3), int(0)])).toEqual({ shape: [3], values: [1, 2, 3] });
    const squeeze = { squeeze_dims: list(-2) };
    expect((await runOne('Squeeze', { shape: [1, 1, 2], values: [1, 2] }, [], squeeze)).shape).toEqual([1, 2]);
    expect((await runOne('Squeeze', { shape: [1, 1, 2], values: [1, 2] })).shape).toEqual([2]);
  });

  it.each<[string, readonly (readonly number[])[], object, Values]>([
    [
      'x[0:1, 1:3]',
      [
        [0, 1],
        [1, 3],
        [1, 1],
      ],
      {},
      { shape: [1, 2], values: [1, 2] },
    ],
    [
      'x[:, ::2]',
      [
        [7, 7],
        [7, 7],
        [1, 2],
      ],
      { begin_mask: { i: 3 }, end_mask: { i: 3 } },
      { shape: [2, 2], values: [0, 2, 3, 5] },
    ],
    [
      'x[:, -2:]',
      [
        [0, -2],
        [0, 0],
        [1, 1],
      ],
      { begin_mask: { i: 1 }, end_mask: { i: 3 } },
      { shape: [2, 2], values: [1, 2, 4, 5] },
    ],
    [
      'x[::-1]',
      [[0], [0], [-1]],
      { begin_mask: { i: 1 }, end_mask: { i: 1 } },
      { shape: [2, 3], values: [3, 4, 5, 0, 1, 2] },
    ],
    ['x[-1]', [[-1], [0], [1]], { shrink_axis_mask: { i: 1 } }, { shape: [3], values: [3, 4, 5] }],
    [
      'x[:, 1]',
      [
        [0, 1],
        [0, 2],
        [1, 1],
      ],
      { begin_mask: { i: 1 }, end_mask: { i: 1 }, shrink_axis_mask: { i: 2 } },
      { shape: [2], values: [1, 4] },
    ],
    [
      'x[1, None, :]',
      [
        [1, 0, 0],
        [2, 0, 0],
        [1, 1, 1],
      ],
      { begin_mask: { i: 4 }, end_mask: { i: 4 }, new_axis_mask: { i: 2 }, shrink_axis_mask: { i: 1 } },
      { shape: [1, 3], values: [3, 4, 5] },
    ],
    [
      'x[:, None, :]',
      [
        [0, 0, 0],
        [0, 0, 0],
        [1, 1, 1],
      ],
      { begin_mask: { i: 5 }, end_mask: { i: 5 }, new_axis_mask: { i: 2 } },
      { shape: [2, 1, 3], values: [0, 1, 2, 3, 4, 5] },
    ],
  ])('slices as StridedSlice does: %s', async (_, lists, masks, expected) => {
    const constants = lists.map((values) => ints(...values));
    expect(await runOne('StridedSlice', grid(2, 3), constants, masks)).toEqual(expected);
  });

  it('computes shapes, which TensorFlow holds in int32', async () => {
    const nodes = [
      { name: 'shape', op: 'Shape', input: ['x'] },
      { name: 'rows', op: 'StridedSlice', input: ['shape', 'c0', 'c1', 'c1'], attr: { shrink_axis_mask: { i: 1 } } },
      { name: 'wanted', op: 'Pack', input: ['rows', 'c2', 'c2'], attr: { axis: { i: 0 } } },
      { name: 'y', op: 'Reshape', input: ['x', 'wanted'] },
    ];
    expect((await run(nodes, grid(3, 4), [ints(0), ints(1), int(2)])).shape).toEqual([3, 2, 2]);
  });

  it('convolves channels last, at strides, with zeros around where the padding is SAME', async () => {
    const strides = list(1, 1, 2, 1);
    const x = { shape: [1, 1, 4, 1], values: [1, 2, 3, 4] };
    const kernel = floats([1, 3, 1, 2], 1, 10, 100, 1000, 1, 1);
    // SAME needs one zero in all, which goes behind.
    const same = await runOne('Conv2D', x, [kernel], { padding: text('SAME'), strides });
    expect(same).toEqual({ shape: [1, 1, 2, 2], values: [204, 2013, 403, 4030] });
    const valid = await runOne('Conv2D', x, [kernel], { padding: text('VALID'), strides });
    expect(valid).toEqual({ shape: [1, 1, 1, 2], values: [204, 2013] });
    const channels = { shape: [1, 1, 1, 2], values: [3, 5] };
    const mixing = floats([1, 1, 2, 3], 1, 2, 3, 10, 20, -30);
    const fused = {
      padding: text('VALID'),
      strides: list(1, 1, 1, 1),
      fused_ops: { list: { s: [text('BiasAdd').s, text('Relu').s] } },
    };
    const bias = floats([3], 1, 1, 1);
    expect((await runOne('_FusedConv2D', channels, [mixing, bias], fused)).values).toEqual([54, 107, 0]);
    const plain = { ...fused, fused_ops: { list: { s: [text('BiasAdd').s] } } };
    expect((await runOne('_FusedConv2D', channels, [mixing, bias], plain)).values).toEqual([54, 107, -140]);
  });

  it('takes another arrangement in place of a node, and leaves out what then nobody needs', async () => {
    const nodes = [
      { name: 'unknown', op: 'FFT', input: ['x'] },
      { name: 'y', op: 'Neg', input: ['unknown'] },
    ];
    const halved: Arrangement = { from: ['x'], arrange: (writer, [x]) => writer.add('Mul', [x!, writer.number(0.5)]) };
    expect((await run(nodes, row(1, 2), [], new Map([['y', halved]]))).values).toEqual([0.5, 1]);
  });

  it.each<[string, Node, readonly Constant[], RegExp]>([
    [
      'an unknown operation',
      { name: 'y', op: 'FFT', input: ['x'] },
      [],
      /"y", a "FFT", cannot be translated; these can: .*Conv2D/,
    ],
    [
      'a name that every object has',
      { name: 'y', op: 'toString', input: ['x'] },
      [],
      /a "toString", cannot be translated/,
    ],
    ['too few inputs', { name: 'y', op: 'Mul', input: ['x'] }, [], /takes 1 values; expected 2/],
    ['axes that are computed', { name: 'y', op: 'Sum', input: ['x', 'x'] }, [], /input 1 what is no constant of int32/],
    [
      'mirrors that repeat the edge',
      { name: 'y', op: 'MirrorPad', input: ['x', 'c0'], attr: { mode: text('SYMMETRIC') } },
      [ints(1, 1)],
      /mode "SYMMETRIC"/,
    ],
    [
      'an ellipsis',
      { name: 'y', op: 'StridedSlice', input: ['x', 'c0', 'c0', 'c0'], attr: { ellipsis_mask: { i: 1 } } },
      [ints(1)],
      /ellipsis/,
    ],
    [
      'channels first',
      { name: 'y', op: 'Conv2D', input: ['x', 'c0'], attr: { data_format: text('NCHW') } },
      [floats([1, 1, 1, 1], 1)],
      /data_format "NCHW"/,
    ],
    [
      'explicit padding',
      { name: 'y', op: 'Conv2D', input: ['x', 'c0'], attr: { padding: text('EXPLICIT') } },
      [floats([1, 1, 1, 1], 1)],
      /padding "EXPLICIT"/,
    ],
    [
      'a flat kernel',
      { name: 'y', op: 'Conv2D', input: ['x', 'c0'], attr: { padding: text('SAME') } },
      [floats([1], 1)],
      /kernel of 1 dimensions/,
    ],
    [
      'another fusion',
      {
        name: 'y',
        op: '_FusedConv2D',
        input: ['x', 'c0', 'c0'],
        attr: { fused_ops: { list: { s: [text('BiasAdd').s, text('Elu').s] } } },
      },
      [floats([1], 1)],
      /fused with "BiasAdd,Elu"/,
    ],
    ['an input besides', { name: 'y', op: 'Placeholder' }, [], /"y" is an input that nothing is given for/],
  ])('refuses %s by name', async (_, node, constants, message) => {
    const error = await run([node], row(1), constants).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REFRAIN_DATA', source: join(folder, 'model.json') });
    expect((error as Error).message).toMatch(message);
  });
});
