import { describe, expect, it } from 'vitest';
import { modelBytes } from './graph.ts';
import { onnxruntime } from './library.ts';
import { openSession } from './session.ts';

const gemm = modelBytes({
  inputs: [
    { name: 'A', type: 'float32', shape: ['m', 2] },
    { name: 'B', type: 'float32', shape: ['n', 2] },
  ],
  outputs: [{ name: 'Y', type: 'float32', shape: ['m', 'n'] }],
  nodes: [{ op: 'Gemm', inputs: ['A', 'B'], outputs: ['Y'], attributes: { transB: 1, alpha: { float: 0.5 } } }],
});

describe('a graph built in memory', () => {
  it('runs, with int and float attributes', async () => {
    const { Tensor } = await onnxruntime();
    const session = await openSession(gemm);
    const A = new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]);
    const B = new Tensor('float32', Float32Array.of(1, 0, 0, 1, 1, 1), [3, 2]);
    const { Y } = await session.run({ A, B });
    expect(Array.from(Y!.data as Float32Array)).toEqual([0.5, 1, 1.5, 1.5, 2, 3.5]);
    expect(session.provider).toBe('cpu');
    await session.close();
  });

  it('writes into a given tensor', async () => {
    const { Tensor } = await onnxruntime();
    const session = await openSession(gemm);
    const A = new Tensor('float32', Float32Array.of(2, 2), [1, 2]);
    const target = new Float32Array(1);
    await session.run({ A, B: A }, { Y: new Tensor('float32', target, [1, 1]) });
    expect(target[0]).toBe(4);
    await session.close();
  });

  it('keeps constants, dynamic shapes and list attributes', async () => {
    const { Tensor } = await onnxruntime();
    const session = await openSession(
      modelBytes({
        inputs: [{ name: 'x', type: 'float64', shape: ['n', 3] }],
        outputs: [{ name: 'y', type: 'float64', shape: [3, 'n'] }],
        initializers: [{ name: 'c', shape: [1], data: Float64Array.of(1e-12) }],
        nodes: [
          { op: 'Add', inputs: ['x', 'c'], outputs: ['s'] },
          { op: 'Transpose', inputs: ['s'], outputs: ['y'], attributes: { perm: [1, 0] } },
        ],
      }),
    );
    const { y } = await session.run({ x: new Tensor('float64', Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]) });
    expect(y!.dims).toEqual([3, 2]);
    expect(Array.from(y!.data as Float64Array)).toEqual([1, 4, 2, 5, 3, 6].map((value) => value + 1e-12));
    await session.close();
  });

  it('keeps constants of eight and of 32 bits', async () => {
    const constants = [
      { name: 'int8', data: Int8Array.of(-128, -1, 127) },
      { name: 'uint8', data: Uint8Array.of(0, 128, 255) },
      { name: 'int32', data: Int32Array.of(-(2 ** 31), 3, 2 ** 30) },
    ];
    const session = await openSession(
      modelBytes({
        inputs: [],
        outputs: constants.map(({ name }) => ({ name: `${name} as float`, type: 'float32', shape: [3] })),
        initializers: [
          ...constants.map((constant) => ({ ...constant, shape: [3] })),
          { name: 'half', shape: [], data: Float32Array.of(0.5) },
        ],
        nodes: constants.map(({ name }) => ({
          op: 'DequantizeLinear',
          inputs: [name, 'half'],
          outputs: [`${name} as float`],
        })),
      }),
    );
    const found = await session.run({});
    for (const { name, data } of constants) {
      expect(Array.from(found[`${name} as float`]!.data as Float32Array)).toEqual(
        Array.from(data, (value) => value / 2),
      );
    }
    await session.close();
  });

  it('takes and gives numbers of eight bits', async () => {
    const { Tensor } = await onnxruntime();
    const session = await openSession(
      modelBytes({
        inputs: [{ name: 'x', type: 'uint8', shape: ['n'] }],
        outputs: [{ name: 'y', type: 'int8', shape: ['n'] }],
        nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: 3 } }],
      }),
    );
    const { y } = await session.run({ x: new Tensor('uint8', Uint8Array.of(0, 7, 127), [3]) });
    expect(y!.data).toEqual(Int8Array.of(0, 7, 127));
    await session.close();
  });

  it('gives places as int32', async () => {
    const { Tensor } = await onnxruntime();
    const session = await openSession(
      modelBytes({
        inputs: [{ name: 'x', type: 'float32', shape: ['n'] }],
        outputs: [{ name: 'places', type: 'int32', shape: [1, 'found'] }],
        nodes: [
          { op: 'NonZero', inputs: ['x'], outputs: ['found'] },
          { op: 'Cast', inputs: ['found'], outputs: ['places'], attributes: { to: 6 } },
        ],
      }),
    );
    const { places } = await session.run({ x: new Tensor('float32', Float32Array.of(0, 3, 0, -1), [4]) });
    expect(places!.data).toEqual(Int32Array.of(1, 3));
    await session.close();
  });
});

describe('a graph inside a graph', () => {
  it('runs step by step, and reads what is around it', async () => {
    const { Tensor } = await onnxruntime();
    const scalar = (name: string) => ({ name, type: 'float32' as const, shape: [] });
    const list = (name: string) => ({ name, type: 'float32' as const, shape: ['steps'] });
    const body = {
      inputs: [scalar('sum'), scalar('x')],
      outputs: [scalar('new sum'), scalar('said')],
      nodes: [
        { op: 'Mul', inputs: ['x', 'weight'], outputs: ['weighed'] },
        { op: 'Add', inputs: ['sum', 'weighed'], outputs: ['new sum'] },
        { op: 'Sub', inputs: ['new sum', 'one'], outputs: ['said'] },
      ],
      initializers: [{ name: 'one', shape: [], data: Float32Array.of(1) }],
    };
    const session = await openSession(
      modelBytes({
        inputs: [scalar('start'), scalar('weight'), list('xs')],
        outputs: [scalar('end'), list('all')],
        nodes: [
          {
            op: 'Scan',
            inputs: ['start', 'xs'],
            outputs: ['end', 'all'],
            attributes: { num_scan_inputs: 1, body: { graph: body } },
          },
        ],
      }),
    );
    const { end, all } = await session.run({
      start: new Tensor('float32', Float32Array.of(10), []),
      weight: new Tensor('float32', Float32Array.of(2), []),
      xs: new Tensor('float32', Float32Array.of(1, 2, 3), [3]),
    });
    expect(Array.from(end!.data as Float32Array)).toEqual([22]);
    expect(Array.from(all!.data as Float32Array)).toEqual([11, 15, 21]);
    await session.close();
  });
});

describe('execution providers', () => {
  it('falls back in the order asked for and says why', async () => {
    const said: string[] = [];
    const session = await openSession(gemm, { providers: ['cuda', 'cpu'], notice: (message) => said.push(message) });
    if (session.provider === 'cpu') {
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/cannot use cuda .* runs on cpu/);
    }
    await session.close();
  });

  it('does not fall back to what was not asked for', async () => {
    await expect(openSession(Uint8Array.of(1, 2, 3), { providers: ['cpu'] })).rejects.toThrow();
  });
});
