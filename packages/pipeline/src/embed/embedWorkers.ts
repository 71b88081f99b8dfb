import type { Worker } from 'node:worker_threads';
import { askWorker, ConfigError, closeWorker, DataError, type Host, startWorker } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import type { Choices } from '../assembly/assemble.ts';
import { collectRarely } from '../work/collectRarely.ts';
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
  /** What the thread is doing, an index into `STAGES`, and how often it has said so: both sides see it. */
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

/** A thread, and what it says that it does. */
interface EmbedThread {
  readonly worker: Worker;
  readonly stage: Int32Array;
}

/**
 * Threads that have no more clips to embed for now, but soon will: to start one costs as much as ten clips. All read one dataset by one decoder. Not to
 * be used any more once it is closed.
 */
export class IdleThreads {
  #fingerprint = '';
  #threads: EmbedThread[] = [];
  readonly #ending: Promise<void>[] = [];

  /** One whose encoder has this fingerprint, if there is any. Those with another end. */
  take(fingerprint: string): EmbedThread | undefined {
    if (fingerprint !== this.#fingerprint) this.#end();
    return this.#threads.pop();
  }

  /** Keeps one that is done with its last job. */
  keep(fingerprint: string, thread: EmbedThread): void {
    if (fingerprint !== this.#fingerprint) this.#end();
    this.#fingerprint = fingerprint;
    this.#threads.push(thread);
  }

  /** Ends all. */
  async close(): Promise<void> {
    this.#end();
    await Promise.all(this.#ending);
  }

  #end(): void {
    for (const { worker } of this.#threads.splice(0)) this.#ending.push(closeWorker(worker, 'close'));
  }
}

/** Idle threads, and the fingerprint of the encoder that they must have. */
export interface Reused {
  readonly idle: IdleThreads;
  readonly fingerprint: string;
}

/** Embeds some clips after others. */
export interface Embedder {
  embed(jobs: readonly EmbedJob[]): Promise<readonly Embedded[]>;
  /** Ends it when its last job is done, or leaves its thread to the next. */
  close(): Promise<void>;
}

/** A thread that decodes for so much longer than a clip may take does not give way any more: it is stuck in one call. */
const GRACE_SECONDS = 0.5;

/**
 * One that encodes must not be ended in the middle of native code. So it is given the clip's time once more for one piece of audio, and so much at
 * least, which no piece takes.
 */
const ENCODE_GRACE_SECONDS = 5;

/** How often a thread that is late, but in the middle of encoding, is looked at again. */
const LATE_MS = 250;

/** Within which limits threads embed. */
export interface ThreadLimits {
  /** Seconds that decoding and encoding one clip may take together. */
  readonly timeLimit: number;
  /** How many clips may end the threads that embed them. */
  readonly deaths: number;
}

/**
 * Starts `count` worker threads, each with a dataset and an encoder of its own. A clip at which a thread hangs, or ends twice, is set aside; the
 * others go on in a new one.
 */
export function startEmbedders(
  count: number,
  threads: EmbedThreads,
  limits: ThreadLimits,
  host: Host,
  reused?: Reused,
): Embedder[] {
  collectRarely();
  let deaths = 0;
  const onDeath = (died: BadClip) => {
    if (++deaths > limits.deaths)
      throw new DataError(
        died.path,
        `More clips than \`maxBad\` accepts (${limits.deaths}) end the thread that embeds them. The encoder or the decoder may do that, or too ` +
          `little memory, of which fewer \`workers\` need less. ${died.reason}`,
      );
    return died;
  };
  const made = { ...threads, cacheDir: host.cacheDir, timeLimit: limits.timeLimit };
  const start = (): EmbedThread => {
    const stage = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const workerData: EmbedWorkerData = { ...made, stage };
    return { worker: startWorker(import.meta.url, './embedWorker', { workerData }), stage };
  };
  const end = async (thread: EmbedThread) =>
    reused === undefined ? closeWorker(thread.worker, 'close') : reused.idle.keep(reused.fingerprint, thread);
  return Array.from({ length: count }, () =>
    embedderOf(reused?.idle.take(reused.fingerprint) ?? start(), { start, end, onDeath, ...limits, host }),
  );
}

/** What an embedder needs of its thread. */
interface ThreadMeans extends ThreadLimits {
  readonly start: () => EmbedThread;
  /** Told of its thread when there are no more jobs. */
  readonly end: (thread: EmbedThread) => Promise<void>;
  /** Told of a clip at which threads ended; throws where those are too many. */
  readonly onDeath: (died: BadClip) => BadClip;
  readonly host: Host;
}

function embedderOf(first: EmbedThread, means: ThreadMeans): Embedder {
  const { start, onDeath, timeLimit } = means;
  let thread = first;
  const embed = async (jobs: readonly EmbedJob[], isRetry = false): Promise<readonly Embedded[]> => {
    const answer = await ask(thread, jobs, means);
    if (!('end' in answer)) return answer;
    const stage = stageOf(thread);
    await thread.worker.terminate();
    thread = start();
    const { end } = answer;
    if (jobs.length === 1 && end === 'stuck') return [tooSlow(jobs[0]!, stage, timeLimit)];
    if (jobs.length === 1 && end !== 'stuck' && isRetry) return [onDeath(deadly(jobs[0]!, stage, end))];
    const alone: (readonly Embedded[])[] = [];
    // What was sent of their content went with the thread.
    for (const { content: _, ...job } of jobs) alone.push(await embed([job], end !== 'stuck'));
    return alone.flat();
  };
  return {
    embed: (jobs) => embed(jobs),
    close: () => means.end(thread),
  };
}

function stageOf({ stage }: EmbedThread): BadClip['stage'] {
  return STAGES[Atomics.load(stage, 0)]!;
}

/** The result for a clip at which the thread ended that had nothing else to do, by such an error. */
function deadly({ clip: { id, path } }: EmbedJob, stage: BadClip['stage'], { message }: Error): BadClip {
  return { id, path, stage, reason: `${path}: the thread that embeds it ends, and does so again (${message}).` };
}

/** What the worker makes of the jobs, or how it came to its end: stuck in one, or by an error. */
function ask(
  thread: EmbedThread,
  jobs: readonly EmbedJob[],
  { timeLimit, host }: ThreadMeans,
): Promise<readonly Embedded[] | { readonly end: 'stuck' | Error }> {
  const { worker } = thread;
  // Another number whenever it has gone on.
  const steps = () => Atomics.load(thread.stage, 1);
  let timer: NodeJS.Timeout | undefined;
  let wait = (_milliseconds: number) => {};
  let isBegun = false;
  let told: Error | undefined;
  const stuck = new Promise<{ readonly end: 'stuck' }>((resolve) => {
    const grace = Math.max(timeLimit, ENCODE_GRACE_SECONDS) * 1000;
    let [late, seen] = [0, steps()];
    const look = () => {
      late = steps() === seen ? late + LATE_MS : 0;
      seen = steps();
      if (stageOf(thread) === 'decode' || late >= grace) resolve({ end: 'stuck' });
      else wait(LATE_MS);
    };
    wait = (milliseconds) => {
      timer = setTimeout(look, milliseconds);
    };
  });
  const hear = (answer: EmbedAnswer) => {
    if (answer === 'begun') {
      isBegun = true;
      wait((timeLimit + GRACE_SECONDS) * 1000);
    } else if ('notice' in answer) host.notice(answer.notice);
    else if ('error' in answer) {
      told = answer.error;
      throw told;
    } else return answer.results;
    return undefined;
  };
  const answered = askWorker(worker, 'It', () => worker.postMessage(jobs, given(jobs)), hear).catch((error: Error) => {
    if (told !== undefined) throw told;
    if (!isBegun) throw neverBegun(error);
    return { end: error };
  });
  return Promise.race([answered, stuck]).finally(() => clearTimeout(timer));
}

/** The bytes that a thread is given; it alone has them then. */
function given(jobs: readonly EmbedJob[]): ArrayBuffer[] {
  return jobs.flatMap(({ content }) => (content?.bytes === undefined ? [] : [content.bytes.buffer as ArrayBuffer]));
}

function neverBegun(cause: Error): ConfigError {
  return new ConfigError(
    'workers',
    `A thread that is to embed clips ends before it begins (${cause.message}). A plugin may do that, or too little memory: \`workers\` 1 does without threads.`,
    { cause },
  );
}
