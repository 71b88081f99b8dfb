import { onnxruntime } from '@refrain/onnx';
import { describe, expect, it } from 'vitest';
import { logitsModel } from './graphs.ts';
import { SharedSessions } from './modelSessions.ts';

const shape = { dim: 2, classes: 1, mlp: false, hidden: 0 };

describe('sessions that are shared', () => {
  it('serve one after another, never two at a time, and are made anew once closed', async () => {
    const sessions = new SharedSessions();
    let made = 0;
    const open = (key: unknown) =>
      sessions.open(key, () => {
        made++;
        return logitsModel(shape);
      });
    const [first, second] = [await open(['a', 1]), await open(['a', 1])];
    expect(made).toBe(2);
    await first.close();
    const third = await open(['a', 1]);
    expect(made).toBe(2);
    await open(['a', 2]);
    expect(made).toBe(3);
    const { Tensor } = await onnxruntime();
    const feeds = {
      features: new Tensor('float32', Float32Array.of(2, 3), [1, 2]),
      '0.weight': new Tensor('float32', Float32Array.of(10, 1), [1, 2]),
      '0.bias': new Tensor('float32', Float32Array.of(0.5), [1]),
    };
    for (const session of [second, third])
      expect((await session.run(feeds)).logits!.data).toEqual(Float32Array.of(23.5));
    await Promise.all([second, third].map((session) => session.close()));
    await sessions.close();
    await open(['a', 1]);
    expect(made).toBe(4);
  });
});
