// A process that serves, or runs jobs, until it is killed.
import type { WorkerEvent } from '@refrain/core';
import { recipe, type Told, trialJobs, trialProcessors } from './trial.ts';
import { openExecutor } from './workers.ts';

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', async ({ redis, log, slowness, jobs }: Told) => {
  const tell = (message: string) => process.send!(message);
  const { signal } = new AbortController();
  const { executor } = await openExecutor(redis, trialProcessors(log, slowness));
  if (jobs === undefined) {
    const onEvent = ({ event }: WorkerEvent) => tell(event);
    await executor.serve!({ signal, concurrency: 2, onEvent });
  } else {
    await executor.run(recipe, trialJobs(jobs), { signal, onResult: ({ id }) => void tell(id) });
  }
});
