import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { EvaluationStore, evaluationKey, taskKey } from './evaluations.ts';

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
const evaluation = {
  predictions: { data: Float32Array.of(0.25, 0.75), rows: 2, cols: 1 },
  metrics: { 'PR-AUC': 0.5, 'ROC-AUC': Number.NaN },
  details: { epochs: 3, stopped: 'no better' },
};

describe('stored evaluations', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-evaluations-'));
  });

  it('come back as they were', async () => {
    const store = new EvaluationStore(join(folder, 'new'), (message) => expect.unreachable(message));
    expect(await store.find('key')).toBeUndefined();
    await store.add('key', evaluation);
    expect(await store.find('key')).toEqual(evaluation);
    expect(await store.find('other')).toBeUndefined();
  });

  it('are made again where any byte of their file is another, or it is cut', async () => {
    const told: string[] = [];
    const store = new EvaluationStore(folder, (message) => told.push(message));
    await store.add('key', evaluation);
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
    await store.add('key', evaluation);
    expect(await store.find('key')).toEqual(evaluation);
  });

  it('are named by all that they are made of', () => {
    const keep = Uint32Array.of(1, 2);
    const own = evaluationKey(taskKey(task(1)), keep, { mlp: false });
    expect(evaluationKey(taskKey(task(1)), Uint32Array.of(1, 2), { mlp: false })).toBe(own);
    const others = [
      evaluationKey(taskKey(task(1.5)), keep, { mlp: false }),
      evaluationKey(taskKey({ ...task(1), classes: ['two'] }), keep, { mlp: false }),
      evaluationKey(taskKey(task(1)), Uint32Array.of(1, 3), { mlp: false }),
      evaluationKey(taskKey(task(1)), keep, { mlp: true }),
    ];
    expect(new Set([own, ...others]).size).toBe(5);
  });
});
