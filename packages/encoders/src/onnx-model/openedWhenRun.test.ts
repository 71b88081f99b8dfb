import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { expect, it } from 'vitest';
import { openedWhenRun } from './modelEncoder.ts';

const identity = modelBytes({
  inputs: [{ name: 'x', type: 'float32', shape: [2] }],
  outputs: [{ name: 'y', type: 'float32', shape: [2] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});

it('a session is opened once, by the first of several runs, and not to be closed', async () => {
  let opened = 0;
  const session = openedWhenRun(() => {
    opened++;
    return openSession(identity);
  });
  expect([session.provider, opened]).toEqual(['cpu', 0]);
  const { Tensor } = await onnxruntime();
  const feed = (first: number) => ({ x: new Tensor('float32', Float32Array.of(first, 2), [2]) });
  const results = await Promise.all([session.run(feed(0)), session.run(feed(1))]);
  expect(results.map(({ y }) => [...(y!.data as Float32Array)])).toEqual([
    [0, 2],
    [1, 2],
  ]);
  await session.close();
  expect(opened).toBe(1);

  await openedWhenRun(async () => expect.fail('it was opened')).close();
});

it('what goes wrong when it is opened is thrown by the run, and closing it is quiet', async () => {
  const session = openedWhenRun(() => openSession(Uint8Array.of(1, 2, 3)));
  await expect(session.run({})).rejects.toThrow(/protobuf|model/i);
  await session.close();
});
