import type { Executor } from '@refrain/core';

/** What each worker did, by its name: jobs, and how long they took it. */
export type WorkerShares = Record<string, { readonly jobs: number; readonly seconds: number }>;

/** The executor, which also writes down in `shares` what each of its workers did. */
export function sharing(executor: Executor, shares: WorkerShares): Executor {
  const count = (worker: string, more: number) => {
    const { jobs, seconds } = shares[worker] ?? { jobs: 0, seconds: 0 };
    shares[worker] = { jobs: jobs + 1, seconds: Math.round((seconds + more) * 1000) / 1000 };
  };
  return {
    name: executor.name,
    concurrency: () => executor.concurrency(),
    run: (recipe, jobs, { signal, onResult }) =>
      executor.run(recipe, jobs, {
        signal,
        onResult: (result) => {
          if (result.worker !== '') count(result.worker, result.seconds);
          return onResult(result);
        },
      }),
    ...(executor.serve && { serve: (serving) => executor.serve!(serving) }),
  };
}
