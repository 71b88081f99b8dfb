/** @import { Executor, Job, JobProcessor, JobResult, Processors } from '@refrain/core' */
import { defineComponent, definePlugin, JobError, numberOption, unlessAborted, z } from '@refrain/core';

const WORKER = 'the only one';

/**
 * Has one job done after another by one processor of this machine. An executor for many machines sends jobs, which are data, to workers that it
 * starts by `serve`, and they have them done by processors of theirs.
 * @param {{ attempts: number }} options
 * @param {Processors} processors
 * @returns {Executor}
 */
export function createExecutor({ attempts }, processors) {
  return {
    name: 'my-executor',
    concurrency: async () => 1,
    async run(recipe, jobs, { signal, onResult }) {
      signal.throwIfAborted();
      const source = jobs[Symbol.asyncIterator]();
      const processor = processors.start();
      // What is under way ends with the run.
      const close = () => void processor.close();
      signal.addEventListener('abort', close);
      try {
        await processor.open(recipe);
        for (;;) {
          // The next job may be long in coming.
          const { done, value } = await unlessAborted(source.next(), signal);
          if (done === true) break;
          await onResult(await resultOf(value, processor, attempts, signal));
        }
      } finally {
        signal.removeEventListener('abort', close);
        await processor.close();
        // Nobody waits for a source that was not asked for all it has.
        Promise.resolve(source.return?.()).catch(() => {});
      }
      signal.throwIfAborted();
    },
  };
}

/**
 * @param {Job} job
 * @param {JobProcessor} processor
 * @param {number} most
 * @param {AbortSignal} signal
 * @returns {Promise<JobResult>}
 */
async function resultOf(job, processor, most, signal) {
  const start = performance.now();
  for (let attempts = 1; ; attempts++) {
    const told = () => ({ id: job.id, worker: WORKER, seconds: (performance.now() - start) / 1000, attempts });
    try {
      return { output: await processor.process(job), ...told() };
    } catch (error) {
      signal.throwIfAborted();
      // Whatever else is thrown says that no job of the recipe can be done here any more.
      if (!(error instanceof JobError)) throw error;
      if (attempts >= most) return { failure: error.failure, ...told() };
    }
  }
}

const component = defineComponent({
  name: 'my-executor',
  description: 'one job after another, on this machine',
  options: z.object({
    attempts: numberOption((n) => n.int().min(1))
      .default(3)
      .describe('how often a job is begun before its failure is its result'),
  }),
  inject: ['processors'],
  create: createExecutor,
});

export default definePlugin({ executor: [component] });
