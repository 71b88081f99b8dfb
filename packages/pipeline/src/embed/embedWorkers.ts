import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { askWorker, closeWorker, type Host, startWorker } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import type { Choices } from '../assembly/assemble.ts';
import { type Embedded, type EmbedJob, tooSlow } from './embedClip.ts';

/** What components are made from in a thread. */
export interface EmbedThreads {
  readonly plugins: readonly string[];
  readonly pluginFolder: string;
  readonly choices: Pick<Choices, 'decoder' | 'dataset' | 'encoder'>;
}

/** What a worker thread needs to make the dataset and the encoder anew: nothing that was made can be sent to it. */
export interface EmbedWorkerData extends EmbedThreads {
  readonly cacheDir: string;
  readonly timeLimit: number;
  /** What the thread is doing: one number, an index into `STAGES`, that both sides see. */
  readonly stage: Int32Array;
}

/** What a thread may be doing. */
export const STAGES = ['decode', 'encode'] as const satisfies readonly BadClip['stage'][];

/** What a worker says: that it begins with its jobs, their results, something to tell the user, or that it cannot go on. */
export type EmbedAnswer =
  | 'begun'
  | { readonly results: readonly Embedded[] }
  | { readonly notice: string }
  | { readonly error: Error };

/** Embeds some clips after others. */
export interface Embedder {
  embed(jobs: readonly EmbedJob[]): Promise<readonly Embedded[]>;
  /** Ends it when its last job is done. */
  close(): Promise<void>;
}

/** A thread that decodes for so much longer than a clip may take does not give way any more: it is stuck in one call. */
const GRACE_SECONDS = 0.5;

/** How often a thread that is late, but in the middle of encoding, is looked at again. */
const LATE_MS = 250;

/**
 * Settings of V8 for threads that embed. A clip leaves 30 MB of samples and of its decoder's memory behind, and by default that makes V8
 * look through all that a thread holds after every clip, on helper threads: 8 % of all time. So it waits until ten times as much has piled up.
 */
const V8_FLAGS = ['--heap-growing-percent=1000', '--min-semi-space-size=32'];

/** Starts `count` worker threads, each with a dataset and an encoder of its own. */
export function startEmbedders(count: number, threads: EmbedThreads, timeLimit: number, host: Host): Embedder[] {
  const { cacheDir } = host;
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  return Array.from({ length: count }, () => {
    const stage = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const workerData: EmbedWorkerData = { ...threads, cacheDir, timeLimit, stage };
    const start = () => startWorker(import.meta.url, './embedWorker', { workerData });
    return embedderOf(start, () => STAGES[Atomics.load(stage, 0)] === 'decode', timeLimit, host);
  });
}

function embedderOf(start: () => Worker, isDecoding: () => boolean, timeLimit: number, host: Host): Embedder {
  let worker = start();
  const embed = async (jobs: readonly EmbedJob[]): Promise<readonly Embedded[]> => {
    const answered = await ask(worker, jobs, isDecoding, timeLimit, host);
    if (answered !== 'stuck') return answered;
    await worker.terminate();
    worker = start();
    if (jobs.length === 1) return [tooSlow(jobs[0]!, 'decode', timeLimit)];
    const alone: (readonly Embedded[])[] = [];
    for (const job of jobs) alone.push(await embed([job]));
    return alone.flat();
  };
  return {
    embed,
    close: () => closeWorker(worker, 'close'),
  };
}

/** What the worker makes of the jobs, or that it is stuck in decoding one. */
function ask(
  worker: Worker,
  jobs: readonly EmbedJob[],
  isDecoding: () => boolean,
  timeLimit: number,
  host: Host,
): Promise<readonly Embedded[] | 'stuck'> {
  let timer: NodeJS.Timeout | undefined;
  let wait = (_milliseconds: number) => {};
  const stuck = new Promise<'stuck'>((resolve) => {
    // Encoding ends by itself, and must not be ended from outside.
    const look = () => (isDecoding() ? resolve('stuck') : wait(LATE_MS));
    wait = (milliseconds) => {
      timer = setTimeout(look, milliseconds);
    };
  });
  const hear = (answer: EmbedAnswer) => {
    if (answer === 'begun') wait((timeLimit + GRACE_SECONDS) * 1000);
    else if ('notice' in answer) host.notice(answer.notice);
    else if ('error' in answer) throw answer.error;
    else return answer.results;
    return undefined;
  };
  const name = `The thread that embeds ${jobs[0]?.clip.path}`;
  const answered = askWorker(worker, name, () => worker.postMessage(jobs), hear);
  return Promise.race([answered, stuck]).finally(() => clearTimeout(timer));
}
