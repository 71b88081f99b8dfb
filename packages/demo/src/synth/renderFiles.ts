import type { Worker } from 'node:worker_threads';
import { askWorker, DataError, type Host, startWorker, writeFileAtomic } from '@refrain/core';
import type { Rendering } from './synthesizer.ts';

/** What a thread that runs `renderWorker` answers: a wav file, or what went wrong, with the file to blame if there is one. */
export type Rendered = { readonly wav: Uint8Array } | { readonly error: Error; readonly source?: string };

/** A thread, which has to load its instruments first, takes as much of a processor as this many clips of the demo. */
const CLIPS_WORTH_A_THREAD = 30;

/**
 * Renders each to its `path`, as a 16-bit wav file, on as many threads as the host lends; the bytes are the same on any number. Every file
 * appears whole or not at all. Throws a DataError when the sound font can't be read, what the writing of a file throws, and the reason of
 * `host.signal` when that is aborted, each after what had been begun is done.
 */
export async function renderFiles(
  renderings: readonly (Rendering & { readonly path: string })[],
  host: Host,
): Promise<void> {
  host.signal.throwIfAborted();
  const threads = Math.min(host.workers, Math.ceil(renderings.length / CLIPS_WORTH_A_THREAD));
  const workers = Array.from({ length: threads }, () => startWorker(import.meta.url, './renderWorker'));
  const progress = host.progress('rendering demo music', renderings.length, 'clips');
  // An iterator that all take from.
  const queue = renderings.values();
  const work = async (worker: Worker) => {
    for (const { path, performance, options } of queue) {
      host.signal.throwIfAborted();
      await writeFileAtomic(path, await render(worker, { performance, options }));
      progress.advance();
    }
  };
  // Takes what is left, so that none begins another.
  const giveUp = (error: unknown) => {
    for (const _ of queue);
    throw error;
  };
  const works = workers.map((worker) => work(worker).catch(giveUp));
  try {
    await Promise.allSettled(works);
    await Promise.all(works);
  } finally {
    progress.end();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function render(worker: Worker, rendering: Rendering): Promise<Uint8Array> {
  const hear = (rendered: Rendered) => {
    if ('wav' in rendered) return rendered.wav;
    // On its way from another thread an error loses its class.
    const { error, source } = rendered;
    throw source === undefined ? error : new DataError(source, error.message, { cause: error });
  };
  return askWorker(worker, 'A thread that renders', () => worker.postMessage(rendering), hear);
}
