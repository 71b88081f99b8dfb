import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isMainThread, type Worker } from 'node:worker_threads';
import { DataError, messageOf, refusal, startWorker } from '@refrain/core';
import type { Column, ParquetMatrix } from './columns.ts';

/** What the thread is asked to do. */
export type ParquetCall =
  | { readonly open: string | Uint8Array }
  | { readonly columns: readonly string[] }
  | { readonly matrix: string }
  | { readonly dropped: Uint8Array };

/** What it answers: the result, a sentence that refuses, or what went wrong. */
export type ParquetAnswer = { readonly result: unknown } | { readonly refusal: string } | { readonly failure: string };

/** A parquet file that a thread reads. Every method throws a DataError that names the file where it is damaged. */
interface ParquetFile {
  /** In the order of the file. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** The values of the named columns, an array for each. */
  read(names: readonly string[]): Promise<Column[]>;
  /** A column of lists of numbers, or of lists of such lists. A DataError names the row, counted from 0, that has none, another count of them, or a null among them. */
  readMatrix(name: string): Promise<ParquetMatrix>;
  /** The bytes of the file without the rows whose entry is 1. */
  withoutRows(dropped: Uint8Array): Promise<Uint8Array>;
}

/** How the file is called in messages, and what ends the work. */
interface ParquetOptions {
  readonly source: string;
  readonly signal?: AbortSignal | undefined;
  /** Processor time in seconds that one call may take; default 5, and one more for each megabyte of the file. */
  readonly seconds?: number | undefined;
}

const SECONDS = 5;
const SECONDS_PER_BYTE = 1e-6;
const CHECKED_EVERY_MS = 100;

/**
 * What `use` makes of a parquet file, given as a path or as its bytes. A damaged file can send a reader into a loop without end or let it ask for all
 * memory, so a thread reads it: it is ended when the signal says so, and when one call takes more processor time than a file of that size can
 * need. Throws a DataError that names the file for one that can't be read, the signal's reason, and what `use` throws.
 */
export async function withParquet<T>(
  file: string | Uint8Array,
  options: ParquetOptions,
  use: (parquet: ParquetFile) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const size = typeof file === 'string' ? await sizeOf(file) : file.length;
  const { seconds = SECONDS + size * SECONDS_PER_BYTE } = options;
  const worker = startWorker(import.meta.url, './worker');
  const call = <R>(what: ParquetCall) => ask(worker, what, { ...options, seconds }) as Promise<R>;
  try {
    const about = await call<Pick<ParquetFile, 'columns' | 'rowCount'>>({ open: file });
    return await use({
      ...about,
      read: (columns) => call({ columns }),
      readMatrix: (matrix) => call({ matrix }),
      withoutRows: (dropped) => call({ dropped }),
    });
  } finally {
    await worker.terminate();
  }
}

async function sizeOf(path: string): Promise<number> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DataError(path, `${path} cannot be read: ${messageOf(cause)}.`, { cause });
  });
  if (!info.isFile()) throw new DataError(path, `${path} is no file but a folder, a pipe or a device.`);
  return info.size;
}

/** One call and its answer, within its processor time. */
function ask(worker: Worker, call: ParquetCall, { source, signal, seconds }: ParquetOptions & { seconds: number }) {
  const damaged = (why: string, cause?: unknown) => refusal(source, `can't be read as parquet: ${why}.`, cause);
  const ended = new AbortController();
  const stopped = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])]);
  const timer = limitProcessorTime(seconds, () =>
    ended.abort(damaged(`it took more than ${seconds.toFixed(0)} s of processor time; it is damaged`)),
  );
  const answered = new Promise<unknown>((resolve, reject) => {
    worker.once('message', (answer: ParquetAnswer) => {
      if ('result' in answer) resolve(answer.result);
      else reject('refusal' in answer ? refusal(source, answer.refusal) : damaged(answer.failure));
    });
    worker.once('error', (error) => reject(damaged(messageOf(error), error)));
    stopped.addEventListener('abort', () => reject(stopped.reason), { once: true });
    worker.postMessage(call);
  });
  return answered.finally(() => {
    clearInterval(timer);
    worker.removeAllListeners('message').removeAllListeners('error');
  });
}

/** Calls `stop` when the process has taken so much time since now. In a thread, there may be one reader on every core. */
function limitProcessorTime(seconds: number, stop: () => void): NodeJS.Timeout {
  const allowed = seconds * (isMainThread ? 1 : availableParallelism());
  const before = process.cpuUsage();
  return setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1e6 >= allowed) stop();
  }, CHECKED_EVERY_MS);
}
