import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ProbeStore, probeKey, taskKey } from './probeStore.ts';

const split = (value: number) => ({
  ids: ['a'],
  labels: [[0]],
  groups: [undefined],
  embeddings: { data: Float32Array.of(1), rows: 1, cols: 1 },
  segments: { data: Float32Array.of(value), rows: 1, cols: 1 },
  segmentStart: Uint32Array.of(0, 1),
});
const task = (value: number) => ({
  task: 'multi-label' as const,
  classes: ['one'],
  train: split(value),
  valid: split(2),
  test: split(3),
});
const probe = {
  probabilities: { data: Float32Array.of(0.25, 0.75), rows: 2, cols: 1 },
  epochs: 3,
  steps: 12,
  stopped: 'no better' as const,
  validLoss: 0.5,
};

describe('stored probes', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-probes-'));
  });

  it('come back as they were', async () => {
    const store = new ProbeStore(join(folder, 'new'));
    expect(await store.find('key')).toBeUndefined();
    await store.add('key', probe);
    expect(await store.find('key')).toEqual(probe);
    expect(await store.find('other')).toBeUndefined();
  });

  it('are trained again where any byte of their file is another, or it is cut', async () => {
    const store = new ProbeStore(folder);
    await store.add('key', probe);
    const [name] = await readdir(folder);
    const path = join(folder, name!);
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      await writeFile(path, damaged);
      expect(await store.find('key'), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, 5, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      expect(await store.find('key')).toBeUndefined();
    }
    await store.add('key', probe);
    expect(await store.find('key')).toEqual(probe);
  });

  it('are named by all that they are trained on', () => {
    const keep = Uint32Array.of(1, 2);
    const own = probeKey(taskKey(task(1)), keep, { mlp: false });
    expect(probeKey(taskKey(task(1)), Uint32Array.of(1, 2), { mlp: false })).toBe(own);
    const others = [
      probeKey(taskKey(task(1.5)), keep, { mlp: false }),
      probeKey(taskKey({ ...task(1), classes: ['two'] }), keep, { mlp: false }),
      probeKey(taskKey(task(1)), Uint32Array.of(1, 3), { mlp: false }),
      probeKey(taskKey(task(1)), keep, { mlp: true }),
    ];
    expect(new Set([own, ...others]).size).toBe(5);
  });
});
