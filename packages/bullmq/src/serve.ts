import { setTimeout as sleep } from 'node:timers/promises';
import {
  JobError,
  type JobFailure,
  type JobProcessor,
  messageOf,
  type Processors,
  type Recipe,
  type Serving,
} from '@refrain/core';
import { type Job as QueuedJob, QueueKeys, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { LOSSES, PREFIX_OF_JOBS, removeLeftovers } from './coordinate.ts';
import { type Done, type Failed, isRun, readJob, readRecipe, short, tooLarge } from './messages.ts';
import type { Registry } from './registry.ts';
import type { Connection } from './server.ts';

/** What a worker works with. */
export interface Service {
  readonly redis: Redis;
  readonly connection: Connection;
  readonly registry: Registry;
  readonly processors: Processors;
  readonly lockMs: number;
  /** By which people find it. */
  readonly name: string;
}

const LOOK_MS = 500;
/** A worker that was told to end, and cannot tell Redis of its last jobs, waits so long. */
const FAREWELL_MS = 10_000;

/** Does jobs of whoever runs some, until the signal is aborted; then those under way are finished. */
export async function serve(service: Service, serving: Serving): Promise<void> {
  await new Server(service, serving).serve();
}

class Server {
  readonly #service: Service;
  readonly #serving: Serving;
  readonly #idle: JobProcessor[];
  readonly #all: readonly JobProcessor[];
  /** Runs that this worker has refused, while they last. */
  readonly #refused = new Set<string>();

  constructor(service: Service, serving: Serving) {
    this.#service = service;
    this.#serving = serving;
    this.#all = Array.from({ length: serving.concurrency }, () => service.processors.start());
    this.#idle = [...this.#all];
  }

  async serve(): Promise<void> {
    const { redis, registry, name, lockMs } = this.#service;
    const { signal, onEvent, concurrency } = this.#serving;
    const shown = { name, concurrency };
    redis.on('close', () => onEvent({ event: 'disconnected' }));
    redis.on('ready', () => onEvent({ event: 'reconnected' }));
    let showing: Promise<void> | undefined;
    const show = () => {
      showing ??= registry
        .showWorker(shown)
        .catch(() => {})
        .finally(() => {
          showing = undefined;
        });
      return showing;
    };
    const beats = setInterval(show, lockMs / 4);
    try {
      await show();
      onEvent({ event: 'ready' });
      signal.addEventListener('abort', () => onEvent({ event: 'draining' }));
      while (!signal.aborted) await this.#turn();
    } finally {
      clearInterval(beats);
      await Promise.all(this.#all.map((processor) => processor.close()));
      await Promise.race([registry.endWorker(shown).catch(() => {}), sleep(LOOK_MS)]);
      redis.removeAllListeners('close').removeAllListeners('ready');
      onEvent({ event: 'ended' });
    }
  }

  /** Serves a run that goes on, or waits for one. */
  async #turn(): Promise<void> {
    const { registry } = this.#service;
    await removeLeftovers(this.#service).catch(() => {});
    const live = (await registry.liveRuns()).filter(isRun);
    for (const run of this.#refused) if (!live.includes(run)) this.#refused.delete(run);
    const runs = live.filter((run) => !this.#refused.has(run));
    const waiting = await Promise.all(runs.map((run) => this.#hasWaiting(run)));
    const run = runs.find((_, i) => waiting[i]) ?? runs[0];
    if (run === undefined) await pause(LOOK_MS, this.#serving.signal);
    else await this.#serveRun(run);
  }

  async #hasWaiting(run: string): Promise<boolean> {
    return (await this.#service.redis.llen(new QueueKeys(PREFIX_OF_JOBS).toKey(run, 'wait'))) > 0;
  }

  async #serveRun(run: string): Promise<void> {
    const { registry, name } = this.#service;
    const json = await registry.recipeOf(run);
    if (json === null) return pause(LOOK_MS, this.#serving.signal);
    const recipe = readRecipe(json);
    const why =
      recipe === undefined ? 'What it is to do is no recipe that this worker reads.' : await this.#open(recipe);
    if (why === undefined) {
      await registry.refuse(run, name, undefined);
      await this.#work(run);
      return;
    }
    this.#refused.add(run);
    await registry.refuse(run, name, short(why));
    this.#serving.onEvent({ event: 'refused', recipe: run, reason: why });
  }

  /** Opens the recipe in all processors, the first of which finds out whether that can be. Returns why it can't. */
  async #open(recipe: Recipe): Promise<string | undefined> {
    const [first, ...others] = this.#all;
    try {
      await first!.open(recipe);
      await Promise.all(others.map((processor) => processor.open(recipe)));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Does jobs of a run until it ends, another has more to do, or the worker is told to end. */
  async #work(run: string): Promise<void> {
    const { connection, lockMs, registry, redis } = this.#service;
    const { signal, concurrency } = this.#serving;
    const end = new AbortController();
    const worker = new Worker(run, (job) => this.#process(job, end), {
      ...{ connection, concurrency, prefix: PREFIX_OF_JOBS, skipVersionCheck: true },
      ...{ lockDuration: lockMs, stalledInterval: lockMs / 2, maxStalledCount: LOSSES, drainDelay: 1 },
    });
    // A job that is no longer its own, or no longer there: whoever has it now answers for it.
    worker.on('error', () => {});
    const ended = AbortSignal.any([signal, end.signal]);
    for (;;) {
      await pause(LOOK_MS, ended);
      if (signal.aborted) return this.#drain(worker);
      if (end.signal.aborted) {
        this.#refused.add(run);
        await registry.refuse(run, this.#service.name, short(messageOf(end.signal.reason)));
        return worker.close();
      }
      if (redis.status !== 'ready') continue;
      const state = await registry.stateOf(run);
      if (state === 'ended') return this.#leave(worker);
      if (state === 'silent' || (await this.#isWantedElsewhere(run))) return worker.close();
    }
  }

  async #isWantedElsewhere(run: string): Promise<boolean> {
    if (await this.#hasWaiting(run)) return false;
    const others = (await this.#service.registry.liveRuns()).filter(
      (other) => isRun(other) && other !== run && !this.#refused.has(other),
    );
    const waiting = await Promise.all(others.map((other) => this.#hasWaiting(other)));
    return waiting.includes(true);
  }

  /** Nobody waits for the jobs under way any more. */
  async #leave(worker: Worker): Promise<void> {
    const closing = worker.close(true);
    await Promise.all(this.#all.filter((one) => !this.#idle.includes(one)).map((processor) => processor.close()));
    await closing;
  }

  async #drain(worker: Worker): Promise<void> {
    const { redis } = this.#service;
    let cutFor = 0;
    let isDone = false;
    const closing = worker.close().finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await Promise.race([closing, sleep(LOOK_MS)]);
      cutFor = redis.status === 'ready' ? 0 : cutFor + LOOK_MS;
      if (!isDone && cutFor >= FAREWELL_MS && this.#idle.length === this.#all.length) return worker.disconnect();
    }
  }

  async #process(queued: QueuedJob, end: AbortController): Promise<Done> {
    const { onEvent } = this.#serving;
    const start = performance.now();
    const told = () => ({
      worker: this.#service.name,
      seconds: (performance.now() - start) / 1000,
      attempts: Math.max(1, queued.attemptsStarted),
    });
    const job = readJob(queued.data);
    if (job === undefined)
      throw failed({ ...told(), failure: { kind: 'failed', reason: 'It is no job that this worker reads.' } });
    const processor = this.#idle.pop()!;
    onEvent({ event: 'began', job: job.id });
    try {
      const output = await processor.process(job);
      const flaw = tooLarge(output);
      if (flaw !== undefined)
        throw new JobError({ kind: 'failed', reason: `What came of it is too large to be sent: ${flaw}.` });
      onEvent({ event: 'done', job: job.id, seconds: told().seconds });
      return { ...told(), output: output as Done['output'] };
    } catch (error) {
      // The processor cannot go on with this recipe; what was learnt of the job is nothing.
      if (!(error instanceof JobError)) end.abort(error);
      const failure: JobFailure =
        error instanceof JobError ? error.failure : { kind: 'failed', reason: messageOf(error) };
      onEvent({ event: 'failed', job: job.id, failure });
      const { kind, reason, lastSign } = failure;
      throw failed({
        ...told(),
        failure: { kind, reason: short(reason), ...(lastSign !== undefined && { lastSign: short(lastSign) }) },
      });
    } finally {
      this.#idle.push(processor);
    }
  }
}

/** The queue keeps the message of an error alone. */
const failed = (failure: Failed) => new Error(JSON.stringify(failure));

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});
