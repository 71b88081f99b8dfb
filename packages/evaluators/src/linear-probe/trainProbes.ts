import type { Worker } from 'node:worker_threads';
import { askWorker, ConfigError, closeWorker, type Matrix, startWorker } from '@refrain/core';
import type { Examples } from './forwardPass.ts';
import { type ModelSessions, SharedSessions } from './modelSessions.ts';
import { checkedOrder, checkTraining, type ProbeTraining, type TrainedProbe, trainWith } from './trainProbe.ts';

/** How trainings are told of and ended. */
export interface TrainProbesOptions {
  /** Ends all trainings with its reason when aborted. */
  readonly signal?: AbortSignal;
  /** Told of each probe when it is done, in the order in which they are. A promise it gives is waited for before its thread goes on. */
  readonly onDone?: (index: number, probe: TrainedProbe) => unknown;
}

/** Threads that train probes, for one call of `train` after another: to start them takes longer than many a training. */
export interface ProbeThreads {
  /**
   * Trains many probes, several at a time, in threads of their own, or one after the other in this one; returns them in the order of the trainings.
   * Each is what `trainProbe` makes of its training, to the last bit, on any number of threads.
   *
   * Matrices of examples are put into shared memory, once each: trainings that name the same matrix (the same `data`) share it, and one that
   * lies in a SharedArrayBuffer already is not copied at all. So give a probe on some of the rows all rows, and orders that name its own.
   * `epochOrder` is asked in this thread, and once for an epoch that may not come to be.
   *
   * Throws what `trainProbe` does, before any training begins, the reason of an aborted `signal`, what `onDone` throws, and an Error when a
   * thread dies. Whatever it throws leaves no thread behind, and `onDone` is not asked after that.
   */
  train(trainings: readonly Omit<ProbeTraining, 'signal'>[], options: TrainProbesOptions): Promise<TrainedProbe[]>;
  /** Ends the threads, and closes what was open for trainings in this one. They are not used after that. */
  close(): Promise<void>;
}

/** So many threads, which start when they are first needed; one is the thread this runs in. Throws a ConfigError when `workers` is no whole number from 1. */
export function probeThreads(workers: number): ProbeThreads {
  if (!Number.isInteger(workers) || workers < 1) {
    throw new ConfigError('workers', `workers is ${workers}, expected a whole number from 1.`);
  }
  const started: Worker[] = [];
  const sessions = new SharedSessions();
  const close = async () => {
    await sessions.close();
    await Promise.all(started.splice(0).map((worker) => closeWorker(worker, 'close' satisfies ToThread)));
  };
  return {
    async train(trainings, options) {
      options.signal?.throwIfAborted();
      for (const training of trainings) checkTraining(training);
      if (workers === 1) return trainHere(sessions, trainings, options);
      while (started.length < Math.min(workers, trainings.length))
        started.push(startWorker(import.meta.url, './probeWorker'));
      return trainIn(started, trainings, options, close);
    },
    close,
  };
}

async function trainIn(
  threads: readonly Worker[],
  trainings: readonly Omit<ProbeTraining, 'signal'>[],
  { signal, onDone }: TrainProbesOptions,
  close: () => Promise<void>,
): Promise<TrainedProbe[]> {
  const share = sharing();
  const queue = trainings.entries();
  const probes: TrainedProbe[] = [];
  const work = async (worker: Worker) => {
    // An iterator that all threads take from.
    for (const [index, training] of queue) {
      const { train, valid } = training;
      const probe = await trainInThread(worker, { ...training, train: share(train), valid: share(valid) });
      probes[index] = probe;
      await onDone?.(index, probe);
    }
  };
  const abortion = abortionOf(signal);
  const works = threads.map(work);
  try {
    await Promise.race([Promise.all(works), abortion.rejected]);
    return probes;
  } catch (error) {
    // Takes what is left, so that no thread begins another.
    for (const _ of queue);
    await close();
    await Promise.allSettled(works);
    throw error;
  } finally {
    abortion.forget();
  }
}

/** One after the other in this thread: to start another one takes longer than many a training. */
async function trainHere(
  sessions: ModelSessions,
  trainings: readonly Omit<ProbeTraining, 'signal'>[],
  { signal, onDone }: TrainProbesOptions,
): Promise<TrainedProbe[]> {
  const probes: TrainedProbe[] = [];
  for (const [index, training] of trainings.entries()) {
    const probe = await trainWith(sessions, { ...training, ...(signal && { signal }) });
    probes.push(probe);
    await onDone?.(index, probe);
  }
  return probes;
}

function abortionOf(signal: AbortSignal | undefined) {
  let forget = () => {};
  const rejected = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    forget = () => signal?.removeEventListener('abort', onAbort);
  });
  return { rejected, forget };
}

/** Gives examples in shared memory: for the same data always the same. */
function sharing(): (examples: Examples) => Examples {
  const known = new Map<Float32Array, Float32Array>();
  const shared = (matrix: Matrix): Matrix => {
    const data = known.get(matrix.data) ?? inSharedMemory(matrix.data);
    known.set(matrix.data, data);
    return { ...matrix, data };
  };
  return ({ features, targets }) => ({ features: shared(features), targets: shared(targets) });
}

function inSharedMemory(data: Float32Array): Float32Array {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

/** A training without what cannot be sent to another thread. */
export type SentTraining = Omit<ProbeTraining, 'epochOrder' | 'signal'>;

/** What a thread that trains probes is told: a new training, the next epoch's order for the one it is at, or to give up and end. */
export type ToThread = { readonly training: SentTraining } | { readonly order: Uint32Array } | 'close';

/** What it answers: that it wants one more order, what became of the training, or why it failed. */
export type FromThread = 'order' | { readonly probe: TrainedProbe } | { readonly error: Error };

/**
 * Trains a probe in a thread that runs `probeWorker`. Orders of the epochs are made here, one ahead, so that the thread need not wait for
 * them. Throws what the training or `epochOrder` throws, and an Error when the thread ends or fails before it is done.
 */
export function trainInThread(worker: Worker, { epochOrder, signal: _, ...training }: ProbeTraining) {
  let epoch = 0;
  const tell = (message: ToThread) => worker.postMessage(message);
  const sendOrder = async (): Promise<undefined> => {
    if (++epoch > training.options.maxEpochs) return;
    const order = await epochOrder(epoch);
    tell({ order: checkedOrder(order, training.train.features.rows).slice() });
  };
  const begin = () => {
    tell({ training });
    return sendOrder();
  };
  const hear = (message: FromThread) => {
    if (message === 'order') return sendOrder();
    if ('error' in message) throw message.error;
    return message.probe;
  };
  return askWorker<FromThread, TrainedProbe>(worker, 'A thread that trains probes', begin, hear);
}
