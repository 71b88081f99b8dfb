import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { type Matrix, type Pairs, quietHost, seededRandom, sharedZeros, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { CpuKernel } from './cpu.ts';

function randomPoints(rows: number, cols: number): Matrix {
  const random = seededRandom(`${rows} ${cols}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.integer(9) - 4;
  return points;
}

const threaded = (workers: number) => new CpuKernel({ threadsFrom: 1 }, quietHost({ workers }));

describe('worker threads', () => {
  // More than one task for each thread: a task has 2048 rows and 2048 columns.
  const points = randomPoints(9000, 64);
  const rows = Uint32Array.from({ length: 4000 }, (_, i) => (i * 2) % 9000);
  const component = Int32Array.from({ length: 9000 }, (_, i) => i % 3);

  it('find what one thread finds', async () => {
    const results = [];
    const score = { scale: Float64Array.from(component, (one) => one + 1), offset: new Float64Array(9000) };
    const scores = { score, bins: 40, from: -600, to: 0, least: -500, most: 1e6 };
    for (const kernel of [new CpuKernel(), threaded(3)]) {
      const loaded = await kernel.load(points, 'euclidean');
      const counted = await loaded.scores({ ...scores, among: rows });
      expect(counted.pairs!.i.length).toBeGreaterThan(100);
      const asked = { order: rows, floors: new Float32Array(3999).fill(-150), scores };
      const along = await loaded.pairsAlong(asked);
      expect(along.scores).toEqual(counted);
      // Each thread stops somewhere else.
      const few = await loaded.pairsAlong({ ...asked, most: 0.3 * along.i.length });
      const others = await loaded.scores({ ...scores, among: rows.subarray(few.rows) });
      expect(few.scores!.counts).toEqual(counted.counts.map((all, bin) => all - others.counts[bin]!));
      results.push([
        along,
        await loaded.nearest({ k: 5 }),
        await loaded.nearest({ k: 3, rows, component }),
        await loaded.nearest({ k: 4, rows }),
        await loaded.nearest({ k: 2, among: rows.subarray(0, 9) }),
        await loaded.nearest({ k: 4, groups: component }),
      ]);
      await loaded.close();
    }
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it('tell their progress to the end', async () => {
    const loaded = await threaded(2).load(points);
    const shares: number[] = [];
    await loaded.nearest({ k: 1, onProgress: (share) => shares.push(share) });
    await loaded.close();
    expect(shares.length).toBeGreaterThan(5);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('stop in the middle when told to, and serve the next pass', async () => {
    const kernel = threaded(2);
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
    const kernel = threaded(2);
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
    // Without --input-type, which threads would inherit and not take.
    const script = `(async () => {
      const { CpuKernel } = await import(${JSON.stringify(fileURLToPath(new URL('./cpu.ts', import.meta.url)))});
      const { quietHost } = await import('@refrain/core');
      const kernel = new CpuKernel({ threadsFrom: 1 }, quietHost({ workers: 2 }));
      const loaded = await kernel.load({ data: Float32Array.of(1, 2, 3), rows: 3, cols: 1 });
      process.stdout.write([...(await loaded.nearest({ k: 1 })).indices].join());
    })()`;
    const fromSource = fileURLToPath(import.meta.resolve('@refrain/core/from-source'));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', fromSource, '--eval', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([status, stdout, stderr]).toEqual([0, '2,2,1', '']);
  });
});

describe('points in shared memory', () => {
  it('are as they were when loaded', async () => {
    const points = randomPoints(50, 3);
    const loaded = await threaded(2).load(points);
    const before = await loaded.nearest({ k: 2 });
    points.data.fill(0);
    expect(await loaded.nearest({ k: 2 })).toEqual(before);
    await loaded.close();
  });

  it('are used where they lie', async () => {
    const points = sharedZeros(50, 3);
    points.data.set(randomPoints(50, 3).data);
    const loaded = await threaded(2).load(points);
    const before = await loaded.nearest({ k: 2 });
    points.data.reverse();
    expect(await loaded.nearest({ k: 2 })).not.toEqual(before);
    await loaded.close();
  });
});

describe('where memory is limited', () => {
  const rows = 5000;
  const points = sharedZeros(rows, 64);
  points.data.set(randomPoints(rows, 64).data);
  const mean = Float64Array.from({ length: 64 }, (_, k) => k / 7);
  const move = { scale: Float64Array.from({ length: rows }, (_, i) => 1 / (1 + (i % 13))), mean, unit: 4 };
  const limited = (workers: number) => new CpuKernel({}, quietHost({ workers, maxMemory: 2 ** 40 }));

  it('points are moved when they are looked at, number for number as before', async () => {
    const moved = zeros(rows, 64);
    for (let at = 0; at < moved.data.length; at++)
      moved.data[at] = (points.data[at]! * move.scale[Math.floor(at / 64)]! - mean[at % 64]!) / 4;
    const component = Int32Array.from({ length: rows }, (_, i) => i % 3);
    const found = [];
    for (const kernel of [new CpuKernel(), limited(1), limited(2)]) {
      const loaded = await (kernel.loadMoved?.(points, move, 'euclidean') ?? kernel.load(moved, 'euclidean'));
      const some = { start: 7, end: 40 };
      found.push([
        loaded.tolerance,
        await loaded.tile(some, some),
        await loaded.nearest({ k: 3, component, rows: Uint32Array.of(4999, 3, 8) }),
        await loaded.pairsAbove({ floor: new Float32Array(rows).fill(-0.1) }),
      ]);
      await loaded.close();
      await kernel.close();
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    expect((found[0]!.at(-1) as Pairs).i.length).toBeGreaterThan(100);
  });

  it('a single worker is the calling thread', async () => {
    const started: Worker[] = [];
    const onWorker = (worker: Worker) => void started.push(worker);
    process.on('worker', onWorker);
    for (const workers of [1, 2]) {
      const kernel = limited(workers);
      await (await kernel.load(points)).close();
      await kernel.close();
    }
    process.off('worker', onWorker);
    expect(started).toHaveLength(2);
  });

  it('more pairs than there is room for are refused', async () => {
    for (const workers of [1, 2]) {
      const room = 50_000 * 100;
      const kernel = new CpuKernel({}, quietHost({ workers, maxMemory: process.memoryUsage.rss() + room }));
      const loaded = await kernel.load(points);
      const all = loaded.pairsAbove({ floor: new Float32Array(rows).fill(-Infinity) });
      await expect(all).rejects.toThrow(/`maxMemory` has room for \d+ pairs of similar clips, and there are more/);
      await loaded.close();
      await kernel.close();
    }
  });
});
