import type { Executor, Processors, WorkerEvent } from '@refrain/core';
import { parseOptions, quietHost } from '@refrain/core';
import type { ExecutorUnderTest } from '@refrain/core/testing';
import { bullmq } from '../src/bullmq.ts';

/** An executor by that address, and what it has told. */
export async function openExecutor(
  redis: string,
  processors: Processors,
  options: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly executor: Executor; readonly notices: readonly string[] }> {
  const notices: string[] = [];
  const host = quietHost({ notice: (message) => notices.push(message) });
  const parsed = parseOptions(bullmq.options, { redis, lockSeconds: 1, ...options }, 'executor');
  return { executor: await bullmq.create(parsed, processors, host), notices };
}

/** A worker in this process, and how to end it gently. */
export interface Worker {
  readonly events: readonly WorkerEvent[];
  drain(): Promise<void>;
}

/** Starts one, and waits until it shows itself. */
export async function startWorker(redis: string, processors: Processors, concurrency = 2): Promise<Worker> {
  const { executor } = await openExecutor(redis, processors);
  const drain = new AbortController();
  const events: WorkerEvent[] = [];
  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const onEvent = (event: WorkerEvent) => {
    events.push(event);
    if (event.event === 'ready') ready();
  };
  const serving = executor.serve!({ signal: drain.signal, concurrency, onEvent });
  await Promise.race([isReady, serving]);
  return {
    events,
    drain: async () => {
      drain.abort();
      await serving;
      await executor.close?.();
    },
  };
}

/** A coordinator and workers, all in this process. */
export async function openWithWorkers(
  redis: string,
  processors: Processors,
  count: number,
): Promise<ExecutorUnderTest> {
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(redis, processors)));
  const { executor } = await openExecutor(redis, processors);
  return {
    executor,
    close: async () => {
      await executor.close?.();
      await Promise.all(workers.map((worker) => worker.drain()));
    },
  };
}
