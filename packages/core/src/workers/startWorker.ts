import { SHARE_ENV, Worker, type WorkerOptions } from 'node:worker_threads';

const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * Starts a worker thread: `startWorker(import.meta.url, './worker')` runs worker.js beside the caller, or worker.ts where the workspace
 * runs from its sources. What such a worker imports should be little: every thread loads it anew. It shares the environment, so that a
 * variable it sets for a native library is one that the library sees. By what it fails, whoever asks it is told: `askWorker`.
 */
export function startWorker(caller: string, module: string, options: Pick<WorkerOptions, 'workerData'> = {}): Worker {
  const url = new URL(`${module}${RUNS_FROM_SOURCE ? '.ts' : '.js'}`, caller);
  const execArgv = ['--import', new URL('./fromSource.mjs', import.meta.url).href];
  const worker = new Worker(url, { ...options, env: SHARE_ENV, ...(RUNS_FROM_SOURCE && { execArgv }) });
  // Without anyone to hear of it, the error of a thread would end the process.
  return worker.on('error', () => {});
}

/**
 * Asks a thread something and waits for the answer: `begin` asks, `hear` is given each message and returns the answer, or undefined where more is
 * to come. Throws what these two throw, the error by which the thread fails, and an Error that calls the thread `name` when it ends
 * without an answer. A thread is asked one thing at a time.
 */
export function askWorker<Message, Answer>(
  worker: Worker,
  name: string,
  begin: () => unknown,
  hear: (message: Message) => Answer | undefined | Promise<undefined>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    const onError = (error: unknown) => settle(() => reject(error));
    const onExit = (status: number) => onError(new Error(`${name} ended early, with status ${status}.`));
    const onMessage = async (message: Message) => {
      try {
        const answer = await hear(message);
        if (answer !== undefined) settle(() => resolve(answer));
      } catch (error) {
        onError(error);
      }
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    if (hasEnded(worker)) onError(new Error(`${name} ended before it was asked.`));
    else Promise.resolve().then(begin).catch(onError);
  });
}

/**
 * Tells a thread to end itself, by a message that it understands, and waits until it has. One that is ended from outside in the middle of native
 * code takes the whole process with it.
 */
export function closeWorker(worker: Worker, message: unknown): Promise<void> {
  if (hasEnded(worker)) return Promise.resolve();
  return new Promise((resolve) => {
    worker.once('exit', () => resolve()).ref();
    worker.postMessage(message);
  });
}

/** An ended thread has no number. */
function hasEnded({ threadId }: Worker): boolean {
  return threadId === -1;
}
