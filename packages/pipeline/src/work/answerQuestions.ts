import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type JobProcessor, type Json, messageOf, quietHost } from '@refrain/core';
import { type LoadedPlugin, loadPlugins } from '../assembly/loadPlugins.ts';
import { collectRarely } from './collectRarely.ts';
import { FolderStore } from './folderStore.ts';
import { type FindTask, inlineProcessors } from './inlineProcessors.ts';
import { MappedPaths } from './mappedPaths.ts';
import type { Answer, Question, WorkPlace } from './messages.ts';
import { sentError } from './sentError.ts';
import { taskNamed, WITHOUT_PLUGINS } from './tasks.ts';

/** The built-in packages that tasks take; to load the others would only keep a thread waiting. */
const TASK_KINDS = ['decoders', 'datasets', 'demo', 'encoders', 'kernels'] as const;

/** How a thread or process finds tasks from its place. */
export type TaskFinder = (place: WorkPlace) => Promise<FindTask>;

/** Those of the pipeline. */
const pipelineTasks: TaskFinder = async ({ plugins, pluginFolder, maps }) => {
  const paths = maps && new MappedPaths(maps);
  let loading: Promise<readonly LoadedPlugin[]> | undefined;
  return async (name) => {
    if (WITHOUT_PLUGINS.has(name)) return taskNamed(name, { plugins: [], paths });
    loading ??= loadPlugins(plugins, pluginFolder, TASK_KINDS);
    return taskNamed(name, { plugins: await loading, paths });
  };
};

/**
 * What a thread or process does with each question: it has a processor inside, and tells the answers by `tell`. Resolves to whether it was
 * told to end, and has given back what it had.
 */
function answering(
  tell: (answer: Answer) => void,
  findTasks: TaskFinder = pipelineTasks,
): (question: Question) => Promise<boolean> {
  const ending = new AbortController();
  let processor: JobProcessor | undefined;
  const begin = async (place: WorkPlace) => {
    const { cacheDir, isMemoryLimited } = place;
    if (!isMemoryLimited) collectRarely();
    const host = quietHost({ cacheDir, signal: ending.signal, notice: (notice) => tell({ notice }) });
    const found = await findTasks(place);
    const store = new FolderStore(join(cacheDir, 'content'));
    processor = inlineProcessors(
      async (name) => found(name),
      { host, store },
      (alive, patienceSeconds) => tell({ alive, patienceSeconds }),
    ).start();
    return null;
  };
  const answer = async (question: Question): Promise<Json> => {
    if ('begin' in question) return begin(question.begin);
    if ('open' in question) await processor!.open(question.open);
    return 'process' in question ? processor!.process(question.process) : null;
  };
  return async (question) => {
    if ('close' in question) {
      ending.abort(new Error('it was ended'));
      await processor?.close();
      return true;
    }
    try {
      tell({ output: await answer(question) });
    } catch (error) {
      tell({ error: sentError(error) });
    }
    return false;
  };
}

/** Answers what the calling thread is asked. */
export function answerInThread(findTasks?: TaskFinder): void {
  const port = parentPort!;
  const answer = answering((message) => port.postMessage(message), findTasks);
  port.on('message', async (question: Question) => {
    // Without its port the thread has nothing to wait for and ends.
    if (await answer(question)) port.close();
  });
}

/** Answers what this process, a child, is asked. It ends with its parent. */
export function answerInProcess(findTasks?: TaskFinder): void {
  // The user's signals are for the parent, which lets a job be finished.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const end = () => process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', end);
  const tell = (message: Answer) => process.send!(message);
  process.on('uncaughtExceptionMonitor', (error) => tell({ crash: messageOf(error) }));
  const answer = answering(tell, findTasks);
  process.on('message', async (question: Question) => {
    if (await answer(question)) end();
  });
}
