// A process of the benchmark of executors: one that serves, or one that runs jobs and tells what that took.
import { type Executor, type Job, type Processors, parseOptions, quietHost, type Recipe } from '@refrain/core';

/** What the process is to do. */
export interface ExecutorsChild {
  readonly executor: 'local' | 'bullmq';
  readonly redis?: string;
  readonly concurrency: number;
  /** To run so many jobs; absent for a worker. */
  readonly jobs?: number;
}

const recipe: Recipe = { task: 'nothing', requires: {}, input: null, patienceSeconds: 60 };

/** The jobs are as large as those of 32 clips, by their content. */
const KEYS = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(64, '0'));

/** Nothing is done, so that what is left is what jobs themselves cost. */
const nothing: Processors = {
  start: () => ({ open: async () => {}, process: async () => ({ key: KEYS[0]! }), close: async () => {} }),
};

async function* jobsOf(count: number): AsyncGenerator<Job> {
  for (let n = 0; n < count; n++) yield { id: `job ${n}`, input: { n, keys: KEYS } };
}

async function opened({ executor, redis, concurrency }: ExecutorsChild): Promise<Executor> {
  if (executor === 'local') {
    const { LocalExecutor } = await import('@refrain/executors');
    return new LocalExecutor({ attempts: 3 }, nothing, { workers: concurrency });
  }
  const { bullmq } = await import('@refrain/bullmq');
  return bullmq.create(parseOptions(bullmq.options, { redis }, 'executor'), nothing, quietHost());
}

async function run(executor: Executor, count: number): Promise<void> {
  let told = 0;
  let largest = 0;
  const start = performance.now();
  const onResult = () => {
    if (++told % 1000 === 0) largest = Math.max(largest, process.memoryUsage.rss());
  };
  await executor.run(recipe, jobsOf(count), { signal: new AbortController().signal, onResult });
  const seconds = (performance.now() - start) / 1000;
  process.send!({ told, seconds, largest, cpu: processorSeconds() });
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

process.on('disconnect', () => process.exit());
process.on('message', (asked) => {
  if (asked === 'cpu') process.send!(processorSeconds());
});
process.once('message', async (told: ExecutorsChild) => {
  const executor = await opened(told);
  if (told.jobs !== undefined) {
    await run(executor, told.jobs);
    await executor.close?.();
    process.disconnect();
    return;
  }
  const onEvent = ({ event }: { readonly event: string }) => {
    if (event === 'ready') process.send!('ready');
  };
  await executor.serve!({ signal: new AbortController().signal, concurrency: told.concurrency, onEvent });
});
