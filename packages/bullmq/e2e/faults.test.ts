import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobResult, startProcess } from '@refrain/core';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type CuttableProxy,
  describeWithRedis,
  type RedisServer,
  startProxy,
  startRedis,
} from '../../../tools/redisServer.ts';
import { outputOf, POISONED, recipe, type Told, trialJobs, trialProcessors } from './trial.ts';
import { openExecutor, startWorker } from './workers.ts';

/** How long the connection is cut: REFRAIN_CUT_SECONDS=30 for a longer one. */
const CUT_SECONDS = Number(process.env.REFRAIN_CUT_SECONDS ?? 2);

describeWithRedis('bullmq in trouble', () => {
  let redis: RedisServer;
  let proxy: CuttableProxy;
  let folder: string;
  let log: string;
  const children: ChildProcess[] = [];
  const kill = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  const { signal } = new AbortController();
  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis.port);
  });
  afterAll(async () => {
    await proxy.close();
    await redis.stop();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-bullmq-'));
    log = join(folder, 'begun');
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(kill));
    // Those that were killed count as present for a while.
    await redis.restart();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (told: Partial<Told>, word: string | RegExp) => {
    const child = startProcess(import.meta.url, './trialProcess');
    children.push(child);
    child.send({ redis: redis.url, log, slowness: 1, ...told });
    for (;;) if (String((await once(child, 'message'))[0]).match(word)) return child;
  };
  const begun = async () => (await readFile(log, 'utf8')).trim().split('\n').map(Number);

  const expectAll = (results: readonly JobResult[], count: number) => {
    expect(results.map(({ id }) => Number(id.slice('clip '.length))).toSorted((a, b) => a - b)).toEqual([
      ...Array(count).keys(),
    ]);
    for (const result of results) {
      const n = Number(result.id.slice('clip '.length));
      if (n === POISONED)
        expect(result).toMatchObject({
          failure: { kind: 'crashed', reason: 'Its process ended.', lastSign: 'clip 13' },
        });
      else expect(result).toMatchObject({ output: outputOf(n) });
    }
  };

  it('tells each result once, though workers are killed, Redis loses all, a connection is cut, and one worker is slow', async () => {
    const count = 400;
    const workers = await Promise.all([1, 1, 1, 10].map((slowness) => start({ slowness, redis: proxy.url }, 'ready')));
    const { executor } = await openExecutor(proxy.url, trialProcessors(log, 1));
    const results: JobResult[] = [];
    let trouble = Promise.resolve();
    const after = (told: number, act: () => Promise<unknown>) => {
      if (results.length === told) trouble = trouble.then(async () => void (await act()));
    };
    const onResult = (result: JobResult) => {
      results.push(result);
      after(20, () => kill(workers[0]!));
      after(60, () => kill(workers[1]!));
      after(61, () => start({}, 'ready'));
      after(120, () => redis.restart());
      after(220, async () => {
        proxy.cut();
        await sleep(CUT_SECONDS * 1000);
        proxy.mend();
      });
    };
    await executor.run(recipe, trialJobs(count), { signal, onResult });
    await trouble;
    await executor.close?.();
    expectAll(results, count);
    expect(new Set(results.map(({ worker }) => worker)).size).toBeGreaterThanOrEqual(3);
    const times = await begun();
    expect(times.filter((n) => n === POISONED).length).toBeGreaterThanOrEqual(3);
  });

  it('goes on where a killed coordinator left off, with the results of jobs that were done meanwhile', async () => {
    await start({}, 'ready');
    const coordinator = await start({ jobs: 60 }, /^clip 4$/);
    await kill(coordinator);
    const { executor } = await openExecutor(redis.url, trialProcessors(log, 1));
    const results: JobResult[] = [];
    await executor.run(recipe, trialJobs(60), { signal, onResult: (result) => void results.push(result) });
    await executor.close?.();
    expectAll(results, 60);
    // None was done again but the poisoned one, and those whose worker was in the middle.
    expect((await begun()).filter((n) => n !== POISONED).length).toBeLessThanOrEqual(59 + 4);
  });

  it('leaves a long job to its worker, and nothing behind', async () => {
    const workers = await Promise.all([1, 2].map(() => startWorker(redis.url, trialProcessors(log, 1, 'abc', 2500))));
    const { executor } = await openExecutor(redis.url, trialProcessors(log, 1));
    const results: JobResult[] = [];
    await executor.run(recipe, trialJobs(3), { signal, onResult: (result) => void results.push(result) });
    expect(results.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect((await begun()).length).toBe(3);
    await Promise.all(workers.map((worker) => worker.drain()));
    await executor.close?.();
    const client = new Redis(redis.url);
    expect(await client.keys('*')).toEqual([]);
    client.disconnect();
  });

  it('drains: a worker that is told to end finishes its job and takes no other', async () => {
    const worker = await startWorker(redis.url, trialProcessors(log, 1, 'abc', 400), 1);
    const { executor } = await openExecutor(redis.url, trialProcessors(log, 1));
    const stop = new AbortController();
    const results: JobResult[] = [];
    const run = executor.run(recipe, trialJobs(5), { signal: stop.signal, onResult: (one) => void results.push(one) });
    run.catch(() => {});
    while (!worker.events.some(({ event }) => event === 'began')) await sleep(20);
    await worker.drain();
    expect(worker.events.map(({ event }) => event)).toEqual(['ready', 'began', 'draining', 'done', 'ended']);
    while (results.length === 0) await sleep(20);
    expect(await begun()).toEqual([0]);
    stop.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    await executor.close?.();
  });

  it('is told of a worker that lacks something, and goes on with the others', async () => {
    const other = await startWorker(redis.url, trialProcessors(log, 1, 'def'));
    const able = await startWorker(redis.url, trialProcessors(log, 1));
    const { executor, notices } = await openExecutor(redis.url, trialProcessors(log, 1));
    let told = 0;
    const onResult = async () => {
      told++;
      while (notices.length === 0) await sleep(20);
    };
    await executor.run(recipe, trialJobs(10), { signal, onResult });
    expect(told).toBe(10);
    expect(notices[0]).toMatch(/^Worker .* does not take part: model is def here, abc where the run began\.$/);
    expect(other.events).toContainEqual(expect.objectContaining({ event: 'refused' }));
    await Promise.all([other, able].map((worker) => worker.drain()));
    await executor.close?.();
  });

  it('trusts nothing that it reads, and clears away what killed runs left', async () => {
    const client = new Redis(redis.url);
    const run = 'f'.repeat(40);
    const odd = 'e'.repeat(40);
    await client.set(`refrain:recipe:${odd}`, '{"task":5}');
    await client.zadd('refrain:runs', Date.now() + 60_000, odd, Date.now() + 60_000, '../../x', Date.now() - 1e7, run);
    await client.hset(`refrain:jobs:${run}:meta`, 'version', 'x');
    await client.zadd('refrain:workers', Date.now() + 60_000, '{"name":7}', Date.now() + 60_000, 'no json');
    const worker = await startWorker(redis.url, trialProcessors(log, 1));
    while (!worker.events.some(({ event }) => event === 'refused')) await sleep(20);
    const { executor } = await openExecutor(redis.url, trialProcessors(log, 1));
    expect(await executor.concurrency()).toBe(2);
    let told = 0;
    await executor.run(recipe, trialJobs(5), { signal, onResult: () => void told++ });
    expect(told).toBe(5);
    expect(await client.keys(`*${run}*`)).toEqual([]);
    expect(await client.zscore('refrain:runs', run)).toBeNull();
    await worker.drain();
    await executor.close?.();
    await client.flushall();
    client.disconnect();
  });
});
