import { type Alive, ConfigError, DataError, type JobTask, type Json, type TaskMeans } from '@refrain/core';
import type { TaskFinder } from '../../src/work/answerQuestions.ts';

/** What a job of the trial task does. */
export type Trial =
  | { readonly say: string }
  | { readonly fail: string }
  | { readonly crash: 'throw' | 'kill' }
  | { readonly hang: string; readonly patienceSeconds?: number }
  | { readonly work: number }
  | { readonly wait: true };

/** A task whose jobs do what people are afraid of. Its recipe is fulfilled where its input has the name of the cache's folder. */
const trial: JobTask = {
  name: 'trial',
  async open({ input }, means) {
    if (input === 'refuse') throw new ConfigError('encoder', 'There is no such encoder.');
    return {
      has: { folder: means.host.cacheDir },
      perform: (given, alive) => perform(given as unknown as Trial, alive, means),
    };
  },
};

async function perform(given: Trial, alive: Alive, { host, store }: TaskMeans): Promise<Json> {
  if ('say' in given) {
    host.notice(`saying ${given.say}`);
    return { said: given.say, key: await store.put(Buffer.from(given.say)) };
  }
  if ('fail' in given) throw new DataError(given.fail, `${given.fail}: no good.`);
  if ('hang' in given) {
    alive(given.hang, given.patienceSeconds);
    const end = performance.now() + 1500;
    while (given.patienceSeconds === undefined || performance.now() < end);
    return 'done';
  }
  if ('work' in given) {
    for (let step = 0; step < given.work; step++) {
      alive(`step ${step}`);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    return given.work;
  }
  if ('wait' in given) {
    alive('waiting');
    return new Promise((_, reject) => {
      host.signal.addEventListener('abort', () => reject(host.signal.reason));
    });
  }
  alive('the poisoned clip');
  if (given.crash === 'kill') process.kill(process.pid, 'SIGKILL');
  setImmediate(() => {
    throw new Error('boom');
  });
  return new Promise(() => {});
}

/** The trial task alone. */
export const trialTasks: TaskFinder = async () => async (name) => {
  if (name !== 'trial') throw new ConfigError('executor', `There is no task ${name} here.`);
  return trial;
};
