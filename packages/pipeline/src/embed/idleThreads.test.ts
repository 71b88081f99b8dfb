import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { encodeWav } from '@refrain/audio';
import { audioFolder } from '@refrain/datasets';
import { mfcc } from '@refrain/encoders';
import { expect, it } from 'vitest';
import { prune } from '../index.ts';

// Once their length is known, enough are left for threads.
const CLIPS = 80;

it('the threads that find out how long clips are embed the others too, and end then', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'refrain-idle-'));
  for (let i = 0; i < CLIPS; i++) {
    const samples = Float32Array.from({ length: 9 * 8000 }, (_, at) => 0.3 * Math.sin((at * at * (i + 1)) / 90_000));
    await writeFile(join(dir, `${i}.wav`), encodeWav({ samples, sampleRate: 8000 }));
  }
  let [started, ended] = [0, 0];
  const count = (worker: Worker) => {
    started++;
    worker.once('exit', () => ended++);
  };
  process.on('worker', count);
  try {
    const result = await prune({
      ...{ dataset: audioFolder({ dir }), encoder: mfcc({ sampleRate: 8000 }), workers: 2 },
      cacheDir: join(dir, '.cache'),
    });
    expect(result.kept.length + result.removed.length).toBe(CLIPS);
  } finally {
    process.off('worker', count);
    await rm(dir, { recursive: true });
  }
  expect([started, ended]).toEqual([2, 2]);
});
