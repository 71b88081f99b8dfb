import { defineComponent, definePlugin, JobError, unlessAborted, z } from '@refrain/core';

const ATTEMPTS = 3;

/** Has one job done after another, by one processor of this machine. */
function oneByOne(processors) {
  const attempt = async (processor, job, signal) => {
    const began = performance.now();
    for (let attempts = 1; ; attempts++) {
      const told = () => ({
        id: job.id,
        worker: 'the only one',
        seconds: (performance.now() - began) / 1000,
        attempts,
      });
      try {
        return { output: await processor.process(job), ...told() };
      } catch (error) {
        signal.throwIfAborted();
        // Anything but a JobError says that no job can be done here any more.
        if (!(error instanceof JobError)) throw error;
        if (attempts === ATTEMPTS) return { failure: error.failure, ...told() };
      }
    }
  };
  const run = async (recipe, jobs, { signal, onResult }) => {
    signal.throwIfAborted();
    const source = jobs[Symbol.asyncIterator]();
    const processor = processors.start();
    const close = () => void processor.close();
    signal.addEventListener('abort', close);
    try {
      let next = await unlessAborted(source.next(), signal);
      if (!next.done) await processor.open(recipe);
      for (; !next.done; next = await unlessAborted(source.next(), signal))
        await onResult(await attempt(processor, next.value, signal));
    } finally {
      signal.removeEventListener('abort', close);
      await processor.close();
      // Nobody waits for a source that was not asked for all it has.
      Promise.resolve(source.return?.()).catch(() => {});
    }
    signal.throwIfAborted();
  };
  return { name: 'one-by-one', concurrency: async () => 1, run };
}

export const oneByOneExecutor = defineComponent({
  name: 'one-by-one',
  description: 'one job after another',
  options: z.object({}),
  inject: ['processors'],
  create: (_, processors) => oneByOne(processors),
});

export default definePlugin({ executor: [oneByOneExecutor] });
