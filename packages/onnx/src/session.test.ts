import { expect, it } from 'vitest';
import { type Graph, modelBytes } from './graph.ts';
import { onnxruntime } from './library.ts';
import { openSession } from './session.ts';

const DOUBLE: Graph = {
  inputs: [{ name: 'x', type: 'float32', shape: ['n'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['n'] }],
  nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
};

it('takes feeds in memory that threads share, and leaves them as they are', async () => {
  const { Tensor } = await onnxruntime();
  const session = await openSession(modelBytes(DOUBLE));
  const shared = new Float32Array(new SharedArrayBuffer(16));
  shared.set([1, 2, 3, 4]);
  const { y } = await session.run({ x: new Tensor('float32', shared.subarray(1), [3]) });
  expect(y!.data).toEqual(Float32Array.of(4, 6, 8));
  expect([...shared]).toEqual([1, 2, 3, 4]);
  await session.close();
});

it('fills the tensors it is given, and gives them back', async () => {
  const { Tensor } = await onnxruntime();
  const session = await openSession(modelBytes(DOUBLE));
  const whole = new Float32Array(4);
  const given = { y: new Tensor('float32', whole.subarray(1), [3]) };
  const found = await session.run({ x: new Tensor('float32', Float32Array.of(2, 3, 4), [3]) }, given);
  expect(found.y).toBe(given.y);
  expect([...whole]).toEqual([0, 4, 6, 8]);
  await session.close();
});
