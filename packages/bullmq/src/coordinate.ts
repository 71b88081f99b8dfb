import { randomBytes } from 'node:crypto';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import {
  ConfigError,
  type ExecutorRun,
  inTurn,
  type Job,
  type JobResult,
  type Recipe,
  unlessAborted,
} from '@refrain/core';
import { Queue, QueueEvents } from 'bullmq';
import { isRun, PREFIX, queuedId, readDone, readFailed, readWorker, runOf, tooLarge } from './messages.ts';
import type { Registry } from './registry.ts';
import type { Connection } from './server.ts';

/** What a run of jobs works with. */
export interface Coordination {
  readonly connection: Connection;
  readonly registry: Registry;
  readonly attempts: number;
  /** A worker of which nothing is heard for so many ms is lost. */
  readonly lockMs: number;
  readonly notice: (message: string) => void;
}

/** Jobs in the queue for each that can be done at once; and at least so many. */
const JOBS_AHEAD = 4;
const LEAST_JOBS = 16;
/** How full it is when it is filled again: many jobs at once cost little more than one. */
const REFILL = 0.75;
/** Jobs that are looked at together. */
const LOOKS_AT_ONCE = 100;
/** Results that the queue keeps for whoever has not heard of them. */
const RESULTS_KEPT = 5000;
/** A job is told of when it is added, waits, is begun, and is done. */
const EVENTS_KEPT = 4 * RESULTS_KEPT;
/** How long the clearing up may take when Redis does not answer. */
const CLEARING_MS = 5000;
/** How often a worker may be lost with a job before the job is taken for the cause. */
export const LOSSES = 5;

/** The jobs of a recipe in a queue of its own, done by whoever serves. */
export async function coordinate(
  recipe: Recipe,
  jobs: AsyncIterable<Job>,
  { signal, onResult }: ExecutorRun,
  coordination: Coordination,
): Promise<void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const queued = new QueuedRun(recipe, coordination, AbortSignal.any([signal, stop.signal]), (error) =>
    stop.abort(error),
  );
  try {
    await queued.begin();
    await queued.pass(jobs, onResult);
  } catch (error) {
    stop.abort(error);
  } finally {
    await queued.end();
  }
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
}

class QueuedRun {
  readonly #run: string;
  readonly #recipe: string;
  readonly #owner = randomBytes(8).toString('hex');
  readonly #given: Coordination;
  readonly #ended: AbortSignal;
  readonly #fail: (error: unknown) => void;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  /** Jobs that nothing was heard of, by their name in the queue, and when they were put there. */
  readonly #outstanding = new Map<string, { readonly job: Job; since: number }>();
  /** Results that were heard and are not told yet. */
  #telling = 0;
  #window = LEAST_JOBS;
  #toAdd: Job[] = [];
  readonly #adding = inTurn();
  readonly #telled = inTurn();
  #onResult: ExecutorRun['onResult'] = () => {};
  #wake = () => {};
  #beating: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #beats: NodeJS.Timeout | undefined;
  readonly #refused = new Set<string>();

  constructor(recipe: Recipe, given: Coordination, ended: AbortSignal, fail: (error: unknown) => void) {
    this.#run = runOf(recipe);
    this.#recipe = JSON.stringify(recipe);
    this.#given = given;
    this.#ended = ended;
    this.#fail = fail;
    const { connection, attempts } = given;
    const options = { connection, prefix: PREFIX_OF_JOBS, skipVersionCheck: true };
    this.#queue = new Queue(this.#run, {
      ...options,
      streams: { events: { maxLen: EVENTS_KEPT } },
      defaultJobOptions: {
        attempts,
        removeOnComplete: RESULTS_KEPT,
        removeOnFail: RESULTS_KEPT,
        stackTraceLimit: 0,
      },
    });
    this.#events = new QueueEvents(this.#run, options);
    // The connections come back by themselves.
    this.#queue.on('error', () => {});
    this.#events.on('error', () => {});
    this.#events.on('completed', ({ jobId, returnvalue }) => this.#completed(jobId, returnvalue));
    this.#events.on('failed', ({ jobId, failedReason }) => this.#failed(jobId, failedReason));
    this.#events.on('duplicated', ({ jobId }) => void this.#look(jobId).catch(() => {}));
  }

  async begin(): Promise<void> {
    const flaw = tooLarge(JSON.parse(this.#recipe));
    if (flaw !== undefined) throw new ConfigError('executor', `The recipe is too large to be sent: ${flaw}.`);
    await removeLeftovers(this.#given, this.#run);
    await this.#events.waitUntilReady();
    await this.#beat();
    this.#beats = setInterval(() => {
      // While Redis does not answer, one waits for it.
      this.#beating ??= this.#beat()
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#beating = undefined;
        });
    }, this.#given.lockMs / 4);
  }

  /** Has all jobs done. */
  async pass(jobs: AsyncIterable<Job>, onResult: ExecutorRun['onResult']): Promise<void> {
    this.#onResult = onResult;
    const source = jobs[Symbol.asyncIterator]();
    try {
      for (;;) {
        if (this.#unfinished >= this.#window)
          await unlessAborted(
            this.#until(() => this.#unfinished <= REFILL * this.#window),
            this.#ended,
          );
        const { done, value } = await unlessAborted(source.next(), this.#ended);
        if (done === true) break;
        this.#add(value);
      }
      await unlessAborted(
        this.#until(() => this.#unfinished === 0),
        this.#ended,
      );
    } finally {
      Promise.resolve(source.return?.()).catch(() => {});
    }
  }

  /** Removes the run, where nobody else has the same, and gives back the connections. */
  async end(): Promise<void> {
    clearInterval(this.#beats);
    const cleared = (async () => {
      await this.#adding(async () => {});
      // A sign or a job on its way would come after the end of the run, which then would go on with nobody.
      await Promise.all([this.#beating, this.#looking]);
      if (await this.#given.registry.endRun(this.#run, this.#owner)) await this.#queue.obliterate({ force: true });
    })().catch(() => {});
    const wait = new AbortController();
    await Promise.race([cleared, sleep(CLEARING_MS, undefined, { signal: wait.signal }).catch(() => {})]);
    wait.abort();
    await Promise.all([this.#events.close(), this.#queue.disconnect()]).catch(() => {});
  }

  get #unfinished(): number {
    return this.#outstanding.size + this.#telling;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  #add(job: Job): void {
    const flaw = tooLarge(job.input);
    if (flaw !== undefined) {
      this.#tell({
        ...{ id: job.id, worker: '', seconds: 0, attempts: 1 },
        failure: { kind: 'failed', reason: `The job is too large to be sent: ${flaw}.` },
      });
      return;
    }
    this.#outstanding.set(queuedId(job.id), { job, since: performance.now() });
    if (this.#toAdd.push(job) > 1) return;
    this.#adding(async () => {
      // Those that come at the same time go together.
      await setImmediate();
      const some = this.#toAdd;
      this.#toAdd = [];
      if (some.length > 0 && !this.#ended.aborted) await this.#queue.addBulk(some.map(asQueued));
    }).catch((error: unknown) => this.#fail(error));
  }

  /** Shows that the run goes on, hears who serves and who refuses, and looks after jobs of which nothing was heard for long. */
  async #beat(): Promise<void> {
    const { registry, lockMs } = this.#given;
    await registry.showRun(this.#run, this.#recipe, this.#owner);
    const workers = (await registry.workers()).flatMap((text) => readWorker(text) ?? []);
    const places = workers.reduce((sum, { concurrency }) => sum + concurrency, 0);
    this.#window = Math.max(LEAST_JOBS, JOBS_AHEAD * places);
    this.#wake();
    if (workers.length === 0) this.#given.notice('No worker is there yet: the run waits for one.');
    await this.#hearRefusals(workers.map(({ name }) => name));
    // Many jobs take longer to look at than the run may be silent.
    this.#looking ??= this.#lookAfter(lockMs)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Looks at the jobs of which nothing was heard for so many ms, some at a time. */
  async #lookAfter(milliseconds: number): Promise<void> {
    const late = performance.now() - milliseconds;
    const ids = [...this.#outstanding].flatMap(([id, { since }]) => (since < late ? [id] : []));
    for (let start = 0; start < ids.length && !this.#ended.aborted; start += LOOKS_AT_ONCE)
      await Promise.all(ids.slice(start, start + LOOKS_AT_ONCE).map((id) => this.#look(id)));
  }

  async #hearRefusals(workers: readonly string[]): Promise<void> {
    const refusals = await this.#given.registry.refusals(this.#run);
    const present = workers.filter((name) => Object.hasOwn(refusals, name));
    for (const name of present) {
      if (this.#refused.has(name)) continue;
      this.#refused.add(name);
      this.#given.notice(`Worker ${name} does not take part: ${refusals[name]}`);
    }
    if (present.length === 0 || present.length < workers.length) return;
    const reasons = [...new Set(present.map((name) => refusals[name]))].join(' ');
    throw new ConfigError('executor', `No worker can take part in this run: ${reasons}`);
  }

  /** What has become of a job: Redis may have lost it, or the word that it is done. */
  async #look(id: string): Promise<void> {
    const entry = this.#outstanding.get(id);
    if (entry === undefined) return;
    const found = await this.#queue.getJob(id);
    entry.since = performance.now();
    if (found === undefined) await this.#queue.addBulk([asQueued(entry.job)]);
    else if (found.finishedOn !== undefined) {
      if (found.failedReason) this.#failed(id, found.failedReason);
      else this.#completed(id, found.returnvalue);
    }
  }

  #completed(id: string, value: unknown): void {
    const done = readDone(value);
    const { job } = this.#outstanding.get(id) ?? {};
    if (job === undefined) return;
    this.#outstanding.delete(id);
    if (done !== undefined) this.#tell({ id: job.id, ...done });
    else this.#tell(lost(job, 'failed', 'A worker has answered what no worker answers.', 1));
  }

  #failed(id: string, reason: string): void {
    const { job } = this.#outstanding.get(id) ?? {};
    if (job === undefined) return;
    this.#outstanding.delete(id);
    const failed = readFailed(reason);
    if (failed !== undefined) this.#tell({ id: job.id, ...failed });
    else this.#tell(lost(job, 'crashed', `Its worker was lost ${LOSSES + 1} times.`, LOSSES + 1));
  }

  /** One result after the other, so that whoever is slow to hear holds all back. */
  #tell(result: JobResult): void {
    this.#telling++;
    this.#telled(async () => {
      if (!this.#ended.aborted) await this.#onResult(result);
    }).then(
      () => {
        this.#telling--;
        this.#wake();
      },
      (error: unknown) => this.#fail(error),
    );
  }
}

/** What the keys of queues begin with. */
export const PREFIX_OF_JOBS = `${PREFIX}:jobs`;

/** Runs that were killed so many ms ago are cleared away. */
const LEFT_MS = 300_000;

/** Clears away the runs of which nobody has shown a sign for long, but for `own`, whose jobs that are done count. */
export async function removeLeftovers(
  { connection, registry }: Pick<Coordination, 'connection' | 'registry'>,
  own?: string,
): Promise<void> {
  for (const run of await registry.silentRuns(LEFT_MS)) {
    if (run === own || !isRun(run) || !(await registry.endRun(run))) continue;
    const queue = new Queue(run, { connection, prefix: PREFIX_OF_JOBS, skipVersionCheck: true });
    queue.on('error', () => {});
    await queue.obliterate({ force: true });
    await queue.close();
  }
}

function asQueued({ id, input }: Job) {
  return { name: 'job', data: { id, input }, opts: { jobId: queuedId(id) } };
}

function lost({ id }: Job, kind: 'failed' | 'crashed', reason: string, attempts: number): JobResult {
  return { id, worker: '', seconds: 0, attempts, failure: { kind, reason } };
}
