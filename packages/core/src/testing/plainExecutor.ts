import { setImmediate } from 'node:timers/promises';
import { ConfigError, JobError } from '../errors.ts';
import type { Executor, Job, JobFailure, JobTask, Json, OpenedTask, Recipe, TaskMeans } from '../executor.ts';

/** How an executor may treat jobs, all of which whoever asks must bear. */
export interface ExecutorHabits {
  /** Default `as they come`; `backwards`: those that are there at a time, last first. */
  readonly order?: 'as they come' | 'backwards';
  /** Every job is done by two workers, and the result of the second is told. */
  readonly isDoneTwice?: boolean;
  /** Every worker dies with the result of its first job, and starts anew. */
  readonly diesOnce?: boolean;
}

const WORKERS = 2;

/** An executor whose workers take turns in the calling thread, for jobs of one task. One that fails is not tried again. */
export function plainExecutor(task: JobTask, means: TaskMeans, habits: ExecutorHabits = {}): Executor {
  return {
    name: 'plain',
    concurrency: async () => WORKERS,
    run: async (recipe, jobs, { signal, onResult }) => {
      const workers = await Promise.all(Array.from({ length: WORKERS }, () => openWorker(task, recipe, means)));
      const dead = new Set<number>();
      let turn = 0;
      const attempt = async (job: Job) => workers[turn++ % WORKERS]!.perform(job.input, () => {});
      try {
        for await (const batch of batchesOf(jobs, signal)) {
          for (const job of habits.order === 'backwards' ? batch.reverse() : batch) {
            if (habits.isDoneTwice) await attempt(job).catch(() => {});
            const dying = turn % WORKERS;
            if (habits.diesOnce && !dead.has(dying)) {
              dead.add(dying);
              await attempt(job);
              await workers[dying]!.close?.();
              workers[dying] = await openWorker(task, recipe, means);
            }
            await onResult({ id: job.id, worker: 'plain', seconds: 0, attempts: 1, ...(await resultOf(attempt(job))) });
          }
        }
      } finally {
        for (const worker of workers) await worker.close?.();
      }
    },
  };
}

/** A task opened for a recipe whose requirements it meets. */
async function openWorker(task: JobTask, recipe: Recipe, means: TaskMeans): Promise<OpenedTask> {
  const opened = await task.open(recipe, means);
  for (const [name, value] of Object.entries(recipe.requires))
    if (opened.has[name] !== value) throw new ConfigError('executor', `${name} is ${opened.has[name]}, not ${value}.`);
  return opened;
}

/** Jobs in lots, each of all that are there when one is asked for. */
async function* batchesOf(jobs: AsyncIterable<Job>, signal: AbortSignal): AsyncGenerator<Job[]> {
  const source = jobs[Symbol.asyncIterator]();
  let coming = source.next();
  for (;;) {
    const first = await coming;
    signal.throwIfAborted();
    if (first.done) return;
    const batch = [first.value];
    coming = source.next();
    for (let next = await soon(coming); next?.done === false; next = await soon(coming)) {
      batch.push(next.value);
      coming = source.next();
    }
    yield batch;
  }
}

const soon = <T>(coming: Promise<T>) => Promise.race([coming, setImmediate(undefined)]);

async function resultOf(
  output: ReturnType<OpenedTask['perform']>,
): Promise<{ readonly output: Json } | { readonly failure: JobFailure }> {
  try {
    return { output: await output };
  } catch (error) {
    const failure = error instanceof JobError ? error.failure : { kind: 'failed' as const, reason: String(error) };
    return { failure };
  }
}
