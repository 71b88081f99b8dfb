import type { Worker } from 'node:worker_threads';
import {
  askWorker,
  closeWorker,
  inTurn,
  type Matrix,
  type Move,
  type Reduction,
  sharedZeros,
  startWorker,
} from '@refrain/core';
import { type Findings, mergeFindings, type Pass, productsOf, type TileSize } from '@refrain/core/reductions';

/** Points in memory that all threads share. */
export interface SharedPoints {
  readonly points: Matrix;
  readonly move: Move | undefined;
}

/** What a worker is asked: its share of a pass. */
export interface Assignment extends SharedPoints {
  readonly pass: Pass;
  readonly size: TileSize;
  /** Shared by all workers: the number of the next task, and 1 when the pass is to stop. */
  readonly control: Int32Array;
  /** Shared by all workers in a nearest pass: see `nearestScan`. */
  readonly thresholds: Float32Array | undefined;
}

/** What a worker is told when it is no longer needed. */
export type Farewell = 'end';

/** What a worker says: that it did some products, what it found when no task was left, or what went wrong. */
export type Answer =
  | { readonly done: number }
  | { readonly findings: Findings[Pass['kind']] }
  | { readonly error: Error };

/**
 * Worker threads that share out the tasks of a pass. Products and scans stay inside a thread; what was found comes back and is merged.
 * The threads start with the first pass and wait for the next ones without keeping the process alive.
 */
export class Threads {
  readonly #count: number;
  readonly #size: TileSize;
  #workers: Worker[] = [];
  readonly #inTurn = inTurn();

  constructor(count: number, size: TileSize) {
    this.#count = count;
    this.#size = size;
  }

  /** Ends the threads, once the passes have ended; the next pass starts them again. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const farewell: Farewell = 'end';
      await Promise.all(this.#workers.splice(0).map((worker) => closeWorker(worker, farewell)));
    });
  }

  /** Runs a pass once those before it have ended. */
  run<P extends Pass>(shared: SharedPoints, pass: P, reduction: Reduction): Promise<Findings[P['kind']]> {
    const assignment = {
      ...shared,
      pass,
      size: this.#size,
      control: new Int32Array(new SharedArrayBuffer(8)),
      thresholds: thresholdsOf(pass),
    };
    return this.#inTurn(() => this.#run(assignment, reduction));
  }

  /** Starts the threads that there are not yet; `run` does it as well. */
  start(): void {
    while (this.#workers.length < this.#count) {
      const worker = startWorker(import.meta.url, './worker');
      worker.unref();
      // One that fails while nobody waits for it is started again with the next pass.
      worker.once('exit', () => {
        this.#workers = this.#workers.filter((other) => other !== worker);
      });
      this.#workers.push(worker);
    }
  }

  async #run<P extends Pass>(assignment: Assignment & { readonly pass: P }, { signal, onProgress }: Reduction) {
    signal?.throwIfAborted();
    const stop = () => void Atomics.store(assignment.control, 1, 1);
    signal?.addEventListener('abort', stop, { once: true });
    const total = productsOf(assignment.pass, assignment.size);
    let done = 0;
    const onDone = (products: number) => {
      done += products;
      onProgress?.(done / total);
    };
    this.start();
    // All are waited for, also when one fails: a thread that is ended in the middle of a product takes the whole process with it.
    const parts = await Promise.allSettled(
      this.#workers.map((worker) =>
        assign(worker, assignment, onDone).catch((error) => {
          stop();
          throw error;
        }),
      ),
    );
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
    return mergedParts<P>(assignment.pass.kind, parts);
  }
}

/** The points where all threads can read them: a copy, unless they are there. */
export function sharedPoints(points: Matrix, move: Move | undefined): SharedPoints {
  return { points: isShared(points) ? points : sharedCopy(points), move };
}

function isShared({ data }: Matrix): boolean {
  return data.buffer instanceof SharedArrayBuffer;
}

function sharedCopy({ data, rows, cols }: Matrix): Matrix {
  const shared = sharedZeros(rows, cols);
  shared.data.set(data);
  return shared;
}

/** What all workers found together. Throws what the first that failed threw. */
function mergedParts<P extends Pass>(
  kind: P['kind'],
  parts: readonly PromiseSettledResult<Findings[Pass['kind']]>[],
): Findings[P['kind']] {
  const [findings, ...others] = parts.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value as Findings[P['kind']];
  });
  for (const other of others) mergeFindings<P['kind']>(kind, findings!, other);
  return findings!;
}

/** What one worker finds. */
function assign(
  worker: Worker,
  assignment: Assignment,
  onDone: (products: number) => void,
): Promise<Findings[Pass['kind']]> {
  const hear = (answer: Answer) => {
    if ('error' in answer) throw answer.error;
    if ('findings' in answer) return answer.findings;
    onDone(answer.done);
    return undefined;
  };
  worker.ref();
  const begin = () => worker.postMessage(assignment);
  return askWorker(worker, 'A worker thread of the kernel', begin, hear).finally(() => worker.unref());
}

function thresholdsOf(pass: Pass): Float32Array | undefined {
  if (pass.kind !== 'nearest') return undefined;
  return new Float32Array(new SharedArrayBuffer(4 * pass.order.length)).fill(-Infinity);
}
