import {
  type AsideStore,
  type ContentStore,
  type Executor,
  type Host,
  inTurn,
  type JobResult,
  type Matrix,
  type Recipe,
  type Reduction,
  temporaryName,
} from '@refrain/core';
import type { Findings, Pass } from '@refrain/core/reductions';
import type { Gemm } from '../cpu/gemm.ts';
import { JobSource } from './jobSource.ts';
import { packPass } from './passFile.ts';
import { PassJobs } from './passJobs.ts';
import {
  requiredProducts,
  type SimilaritiesJob,
  type SimilaritiesOutput,
  type SimilaritiesRecipe,
  similarities,
} from './similarities.ts';

/** What passes are shared out by. */
export interface Sharing {
  readonly executor: Executor;
  /** Where workers find the points and passes, and leave what they found. */
  readonly store: ContentStore;
  readonly host: Pick<Host, 'signal'>;
}

// The longest task takes seconds.
const PATIENCE_SECONDS = 300;

/** A run of jobs over one set of points. */
interface OpenedRun {
  readonly jobs: JobSource;
  /** Ends with the jobs; never fails. */
  readonly ended: Promise<void>;
}

/**
 * Passes over one set of points, shared out as jobs of one run of an executor. The run begins with the first pass and lasts until `close`, so that
 * workers open the points once. All it keeps lies in a store aside, which `close` clears.
 */
export class SharedPasses {
  readonly #points: Matrix;
  readonly #gemm: () => Promise<Gemm>;
  readonly #sharing: Sharing;
  readonly #name = temporaryName('-points');
  readonly #aside: AsideStore;
  readonly #inTurn = inTurn();
  #opening: Promise<OpenedRun> | undefined;
  #current: PassJobs<Pass> | undefined;
  #passes = 0;
  /** Why the run ended before its time. */
  #failure: { readonly error: unknown } | undefined;

  /** `gemm` is what the points are multiplied by here, so that others can be compared with it. */
  constructor(points: Matrix, gemm: () => Promise<Gemm>, sharing: Sharing) {
    this.#points = points;
    this.#gemm = gemm;
    this.#sharing = sharing;
    this.#aside = sharing.store.aside(this.#name);
  }

  /** Has the run of jobs begin, and workers open the points, before there is a pass: meanwhile small searches are done here. */
  open(): void {
    // What goes wrong the first pass is told.
    this.#begin().catch(() => {});
  }

  #begin(): Promise<OpenedRun> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** What the pass finds, once those before it have ended. Throws what ended the run of jobs, or a JobError where one of its jobs failed. */
  run<P extends Pass>(pass: P, { signal, onProgress }: Reduction): Promise<Findings[P['kind']]> {
    return this.#inTurn(async () => {
      signal?.throwIfAborted();
      const { jobs } = await this.#begin();
      const [aside, number] = [this.#aside, this.#passes++];
      const [key, concurrency] = await Promise.all([
        aside.put(...packPass(pass)),
        this.#sharing.executor.concurrency(),
      ]);
      const passJobs = new PassJobs({ pass, key, aside, number, concurrency }, onProgress);
      const onAbort = () => passJobs.fail(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.#failure !== undefined) passJobs.fail(this.#failure.error);
      this.#current = passJobs as unknown as PassJobs<Pass>;
      jobs.begin(() => passJobs.next());
      return passJobs.findings.finally(async () => {
        this.#current = undefined;
        jobs.begin(() => undefined);
        signal?.removeEventListener('abort', onAbort);
        await aside.remove(key);
      });
    });
  }

  /** Ends the run of jobs and removes all that it kept. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      const run = await this.#opening?.catch(() => undefined);
      run?.jobs.end();
      await run?.ended;
      if (this.#opening !== undefined) await this.#aside.clear();
    });
  }

  async #open(): Promise<OpenedRun> {
    const { executor, host } = this.#sharing;
    const { data, rows, cols } = this.#points;
    const recipe: Recipe = {
      task: similarities.name,
      requires: await requiredProducts(await this.#gemm(), cols),
      input: { aside: this.#name, points: await this.#aside.put(data), rows, cols } satisfies SimilaritiesRecipe,
      patienceSeconds: PATIENCE_SECONDS,
    };
    const jobs = new JobSource();
    let unready = await executor.concurrency();
    const readying = () =>
      unready === 0
        ? undefined
        : { id: `ready-${unready--}`, input: { pass: null, from: 0, to: 0 } satisfies SimilaritiesJob };
    jobs.begin(readying);
    const onResult = async (result: JobResult) => {
      const isTaken = (await this.#current?.take(result)) ?? false;
      const { findings } = 'output' in result ? (result.output as SimilaritiesOutput) : { findings: null };
      // Of a pass that was given up.
      if (!isTaken && findings !== null) await this.#aside.remove(findings);
    };
    const fail = (error: unknown) => {
      this.#failure = { error };
      this.#current?.fail(error);
    };
    const ended = executor.run(recipe, jobs, { signal: host.signal, onResult }).catch(fail);
    return { jobs, ended };
  }
}
