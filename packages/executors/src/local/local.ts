import { setMaxListeners } from 'node:events';
import {
  defineComponent,
  type Executor,
  type ExecutorRun,
  type Host,
  type Job,
  JobError,
  type JobProcessor,
  type JobResult,
  numberOption,
  type Processors,
  type Recipe,
  unlessAborted,
  z,
} from '@refrain/core';

const localOptions = z.object({
  attempts: numberOption((n) => n.int().min(1))
    .default(3)
    .describe('how often a job is begun before its failure is its result'),
});

/** Has jobs done by as many processors of this machine as the host has workers. */
export class LocalExecutor implements Executor {
  readonly name = 'local';
  readonly #attempts: number;
  readonly #processors: Processors;
  readonly #host: Pick<Host, 'workers'>;

  constructor({ attempts }: z.output<typeof localOptions>, processors: Processors, host: Pick<Host, 'workers'>) {
    this.#attempts = attempts;
    this.#processors = processors;
    this.#host = host;
  }

  async concurrency(): Promise<number> {
    return this.#host.workers;
  }

  async run(recipe: Recipe, jobs: AsyncIterable<Job>, { signal, onResult }: ExecutorRun): Promise<void> {
    signal.throwIfAborted();
    const source = jobs[Symbol.asyncIterator]();
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    // One for each worker, of which a machine may have many.
    setMaxListeners(0, ended);
    const work = async (worker: string) => {
      // Started with its first job: there may be fewer jobs than workers.
      let processor: JobProcessor | undefined;
      // What is under way ends with the run.
      const close = () => void processor?.close();
      ended.addEventListener('abort', close);
      try {
        while (!ended.aborted) {
          // The next job may be long in coming.
          const { done, value } = await unlessAborted(source.next(), ended);
          if (done === true) return;
          if (processor === undefined) {
            processor = this.#processors.start();
            await processor.open(recipe);
          }
          await onResult(await this.#resultOf(value, processor, worker, ended));
        }
      } catch (error) {
        stop.abort(error);
      } finally {
        ended.removeEventListener('abort', close);
        await processor?.close();
      }
    };
    await Promise.all(Array.from({ length: this.#host.workers }, (_, i) => work(`thread ${i + 1}`)));
    // Nobody waits for a source that was not asked for all it has.
    Promise.resolve(source.return?.()).catch(() => {});
    signal.throwIfAborted();
    stop.signal.throwIfAborted();
  }

  async #resultOf(job: Job, processor: JobProcessor, worker: string, signal: AbortSignal): Promise<JobResult> {
    const start = performance.now();
    for (let attempts = 1; ; attempts++) {
      const told = () => ({ id: job.id, worker, seconds: (performance.now() - start) / 1000, attempts });
      try {
        return { output: await processor.process(job), ...told() };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof JobError)) throw error;
        if (attempts >= this.#attempts) return { failure: error.failure, ...told() };
      }
    }
  }
}

/** The executor `local`. */
export const local = defineComponent({
  name: 'local',
  description: 'the threads of this machine',
  options: localOptions,
  inject: ['processors', 'host'],
  create: (options, processors, host): Executor => new LocalExecutor(options, processors, host),
});
