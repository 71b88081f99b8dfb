import { mkdtemp, readdir, truncate, writeFile } from 'node:fs/promises';
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

  it.each(['key.npy', 'key.json'])('are trained again where %s is cut', async (name) => {
    const store = new ProbeStore(folder);
    await store.add('key', probe);
    expect(await readdir(folder)).toContain(name);
    await truncate(join(folder, name), 5);
    expect(await store.find('key')).toBeUndefined();
    await writeFile(join(folder, name), '');
    expect(await store.find('key')).toBeUndefined();
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
