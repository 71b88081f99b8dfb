import { SHARE_ENV, Worker, type WorkerOptions } from 'node:worker_threads';

const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * Starts a worker thread: `startWorker(import.meta.url, './worker')` runs worker.js beside the caller, or worker.ts where the workspace
 * runs from its sources. What such a worker imports should be little: every thread loads it anew. It shares the environment, so that a
 * variable it sets for a native library is one that the library sees.
 */
export function startWorker(caller: string, module: string, options: Pick<WorkerOptions, 'workerData'> = {}): Worker {
  const url = new URL(`${module}${RUNS_FROM_SOURCE ? '.ts' : '.js'}`, caller);
  if (!RUNS_FROM_SOURCE) return new Worker(url, { ...options, env: SHARE_ENV });
  return new Worker(url, {
    ...options,
    env: SHARE_ENV,
    execArgv: ['--import', new URL('./fromSource.mjs', import.meta.url).href],
  });
}
