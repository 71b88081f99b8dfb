import { type AsideStore, type Job, JobError, type JobResult, type Reduction } from '@refrain/core';
import { emptyFindings, type Findings, type Pass, type Task, tasksOf } from '@refrain/core/reductions';
import { TILE } from '../cpu/gemm.ts';
import { mergePacked } from './findingsFile.ts';
import type { SimilaritiesJob, SimilaritiesOutput } from './similarities.ts';

// Each job takes half of its worker's share of what is left: few jobs, and all workers end together.
const JOBS_PER_SHARE = 2;
// Half a minute at 512 columns: so much is lost with a worker, and so often people are told how far it is.
const MOST_TASKS = 512;

/** What the jobs of a pass need to know. */
export interface PassAtHand<P extends Pass> {
  readonly pass: P;
  /** Under which key the pass lies in `aside`, where findings are put, too. */
  readonly key: string;
  readonly aside: AsideStore;
  /** What no other pass of the run has. */
  readonly number: number;
  /** How many jobs are done at once. */
  readonly concurrency: number;
}

/** A pass as jobs, each some of its tasks, one after the other, and what they found so far. */
export class PassJobs<P extends Pass> {
  /** What was found, when all jobs are done. Fails with the first failure of a job. */
  readonly findings: Promise<Findings[P['kind']]>;
  /** Gives the pass up. */
  readonly fail: (error: unknown) => void;
  readonly #at: PassAtHand<P>;
  readonly #onProgress: Reduction['onProgress'];
  readonly #found: Findings[P['kind']];
  readonly #resolve: (findings: Findings[P['kind']]) => void;
  readonly #tasks: readonly Task[];
  readonly #count: number;
  /** Jobs that were given out and have no result, with how many tasks each is. */
  readonly #open = new Map<string, number>();
  #next = 0;
  #done = 0;

  constructor(at: PassAtHand<P>, onProgress: Reduction['onProgress']) {
    const { promise, resolve, reject } = deferred<Findings[P['kind']]>();
    this.findings = promise;
    this.fail = reject;
    this.#resolve = resolve;
    this.#at = at;
    this.#onProgress = onProgress;
    this.#found = emptyFindings(at.pass);
    this.#tasks = tasksOf(at.pass, TILE);
    this.#count = this.#tasks.length;
    if (this.#count === 0) resolve(this.#found);
  }

  /** The next job; undefined when all were given out. */
  next(): Job | undefined {
    const { key, number, concurrency } = this.#at;
    const [from, left] = [this.#next, this.#count - this.#next];
    if (left === 0 || this.#isFull()) return undefined;
    this.#next += Math.min(left, MOST_TASKS, Math.ceil(left / (JOBS_PER_SHARE * concurrency)));
    const id = `${number}-${from}-${this.#next}`;
    this.#open.set(id, this.#next - from);
    return { id, input: { pass: key, from, to: this.#next } satisfies SimilaritiesJob };
  }

  /** Takes the result of a job; false where it is not one of those that are waited for. */
  async take(result: JobResult): Promise<boolean> {
    const tasks = this.#open.get(result.id);
    if (tasks === undefined) return false;
    this.#open.delete(result.id);
    try {
      if ('failure' in result) throw new JobError(result.failure);
      const { findings: found } = result.output as SimilaritiesOutput;
      mergePacked(this.#at.pass, this.#found, await this.#at.aside.get(found!));
      await this.#at.aside.remove(found!);
      this.#done += tasks;
      this.#onProgress?.(this.#done / this.#count);
      if (this.#isFull() && this.#open.size === 0) this.#giveUp();
      else if (this.#done === this.#count) this.#resolve(this.#found);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** Ends with what was found, where the tasks that were not given out need not be done. */
  #giveUp(): void {
    const found = this.#found as Findings['along'];
    found.rows = Math.min(found.rows, this.#tasks[this.#next]?.rows.start ?? Infinity);
    this.#resolve(this.#found);
  }

  /** Whether so much was found that no more is to be looked for. */
  #isFull(): boolean {
    const { pass } = this.#at;
    return pass.kind === 'along' && (this.#found as Findings['along']).count > pass.most;
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function deferred<T>(): Deferred<T> {
  let [resolve, reject]: [(value: T) => void, (error: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  // Whoever is to hear of a failure may be about to listen only.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
