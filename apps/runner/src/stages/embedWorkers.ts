import type { Worker } from 'node:worker_threads';
import { type Host, startWorker } from '@refrain/core';
import type { Choices } from '../container/assemble.ts';
import type { Settings } from '../settings/settings.ts';
import type { BadClip, EmbedJob } from './embedClip.ts';
import type { CachedClip } from './embeddingCache.ts';

/** What a worker thread needs to make the dataset and the encoder anew: nothing that was made can be sent to it. */
export interface EmbedWorkerData {
  readonly plugins: readonly string[];
  readonly pluginFolder: string;
  readonly choices: Pick<Choices, 'dataset' | 'encoder'>;
  readonly cacheDir: string;
}

/** What a worker says: the result of a job, something to tell the user, or that it cannot go on. */
export type EmbedAnswer =
  | { readonly result: CachedClip | BadClip }
  | { readonly notice: string }
  | { readonly error: Error };

/** Embeds one clip after another. */
export interface Embedder {
  embed(job: EmbedJob): Promise<CachedClip | BadClip>;
  /** Ends it when its last job is done. */
  close(): Promise<void>;
}

/** Starts `count` worker threads, each with a dataset and an encoder of its own. */
export function startEmbedders(count: number, settings: Settings, host: Host): Embedder[] {
  const { plugins, pluginFolder, cacheDir } = settings;
  const { dataset, encoder } = settings.choices;
  const choices = { ...(dataset && { dataset }), ...(encoder && { encoder }) };
  const workerData: EmbedWorkerData = { plugins, pluginFolder, choices, cacheDir };
  return Array.from({ length: count }, () =>
    embedderOf(startWorker(import.meta.url, './embedWorker', { workerData }), host),
  );
}

function embedderOf(worker: Worker, host: Host): Embedder {
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  return {
    embed: (job) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
          act();
        };
        const onAnswer = (answer: EmbedAnswer) => {
          if ('notice' in answer) host.notice(answer.notice);
          else if ('error' in answer) onError(answer.error);
          else settle(() => resolve(answer.result));
        };
        const onError = (error: Error) => settle(() => reject(error));
        const onExit = (status: number) =>
          onError(new Error(`An embedding thread ended early, with status ${status}, at ${job.clip.path}.`));
        worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
        worker.postMessage(job);
      }),
    // It ends itself: a thread that is ended from outside in the middle of a model takes the whole process with it.
    close: () => {
      worker.postMessage('close');
      return ended;
    },
  };
}
