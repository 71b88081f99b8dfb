import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { type Matrix, quietHost, seededRandom, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { CpuKernel } from './cpu.ts';

function randomPoints(rows: number, cols: number): Matrix {
  const random = seededRandom(`${rows} ${cols}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.integer(9) - 4;
  return points;
}

const threaded = (workers: number, tileMemory: number) =>
  new CpuKernel({ threadsFrom: 1, tileMemory }, quietHost({ workers }));

describe('worker threads', () => {
  // More than one task for each thread: a task has 2048 rows and 2048 columns.
  const points = randomPoints(9000, 64);
  const rows = Uint32Array.from({ length: 4000 }, (_, i) => (i * 2) % 9000);
  const component = Int32Array.from({ length: 9000 }, (_, i) => i % 3);

  it('find what one thread finds, with tiles kept and without', async () => {
    const results = [];
    for (const kernel of [0, 400].flatMap((tileMemory) => [new CpuKernel({ tileMemory }), threaded(3, tileMemory)])) {
      const loaded = await kernel.load(points, 'euclidean');
      results.push([
        await loaded.nearest({ k: 5 }),
        await loaded.nearest({ k: 3, rows, component }),
        await loaded.nearest({ k: 4, rows }),
        // Few rows: computed, though tiles may be kept.
        await loaded.nearest({ k: 4, rows: rows.subarray(0, 9), component }),
      ]);
      await loaded.close();
    }
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it('tell their progress to the end', async () => {
    const loaded = await threaded(2, 0).load(points);
    const shares: number[] = [];
    await loaded.nearest({ k: 1, onProgress: (share) => shares.push(share) });
    await loaded.close();
    expect(shares.length).toBeGreaterThan(5);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('stop in the middle when told to, and serve the next pass', async () => {
    const kernel = threaded(2, 400);
    const loaded = await kernel.load(points);
    const reason = new Error('enough');
    const control = new AbortController();
    const stopped = loaded.nearest({ k: 1, signal: control.signal, onProgress: () => control.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
    // Tiles kept by the pass that was given up must not be mistaken for all of them.
    const after = await loaded.nearest({ k: 1 });
    const again = await loaded.nearest({ k: 1 });
    const plain = await new CpuKernel().load(points);
    expect([after, again]).toEqual([await plain.nearest({ k: 1 }), await plain.nearest({ k: 1 })]);
    await loaded.close();
  });

  it('end with the kernel, also one that is just starting, and start again with the next points', async () => {
    const started: Worker[] = [];
    const onWorker = (worker: Worker) => void started.push(worker);
    process.on('worker', onWorker);
    const kernel = threaded(2, 0);
    for (const seen of [2, 4]) {
      const loaded = await kernel.load(randomPoints(30, 3));
      if (seen === 4) await loaded.nearest({ k: 1 });
      await loaded.close();
      await Promise.all([kernel.close(), kernel.close()]);
      // An ended thread has no number.
      expect(started.map(({ threadId }) => threadId)).toEqual(new Array(seen).fill(-1));
    }
    process.off('worker', onWorker);
  });

  it('do not keep a process from ending, closed or not', () => {
    const script = `
      const { CpuKernel } = await import(${JSON.stringify(fileURLToPath(new URL('./cpu.ts', import.meta.url)))});
      const { quietHost } = await import('@refrain/core');
      const kernel = new CpuKernel({ threadsFrom: 1 }, quietHost({ workers: 2 }));
      const loaded = await kernel.load({ data: Float32Array.of(1, 2, 3), rows: 3, cols: 1 });
      process.stdout.write([...(await loaded.nearest({ k: 1 })).indices].join());
    `;
    const fromSource = fileURLToPath(import.meta.resolve('@refrain/core/from-source'));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', fromSource, '--input-type=module', '--eval', script],
      { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8', timeout: 60_000 },
    );
    expect([status, stdout, stderr]).toEqual([0, '2,2,1', '']);
  });
});

describe('points in shared memory', () => {
  it('are as they were when loaded', async () => {
    const points = randomPoints(50, 3);
    const loaded = await threaded(2, 0).load(points);
    const before = await loaded.nearest({ k: 2 });
    points.data.fill(0);
    expect(await loaded.nearest({ k: 2 })).toEqual(before);
    await loaded.close();
  });
});
