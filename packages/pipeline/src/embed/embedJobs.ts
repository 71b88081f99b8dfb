import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import {
  ConfigError,
  DataError,
  type Dataset,
  type Decoder,
  defined,
  type Executor,
  type Host,
  type Job,
  type JobFailure,
  type JobResult,
} from '@refrain/core';
import { type BadClip, contentHasher } from '@refrain/pruned-dataset';
import type { ClipCache } from '../cache/embeddingCache.ts';
import { type AudioPlace, AudioServer } from '../serve/audioServer.ts';
import { type ClipEmbedder, embedGroup, tooSlow } from './embedClip.ts';
import { asJson, type ClipReference, type EmbedOutput, embedRecipe, readOutput } from './embedRecipe.ts';
import type { EmbedThreads } from './embedWorkers.ts';
import type { MissingClips, SharedJob } from './missingClips.ts';

/** Clips of one job: some minutes of work at most, which may be lost, and enough that a job itself costs nothing beside it. */
const CLIPS_PER_JOB = 32;
/** Each worker has so many jobs, where there are fewer clips: they end at about the same time. */
const JOBS_PER_WORKER = 4;

/** How many clips each worker embedded, by its name. */
type Workers = Record<string, number>;

/** What is embedded by an executor. */
interface JobMeans extends Pick<ClipEmbedder, 'encoder'> {
  readonly dataset: Dataset;
  readonly decoder: Decoder;
  readonly cache: ClipCache;
  readonly threads?: EmbedThreads | undefined;
  readonly clipTimeLimit: number;
  readonly host: Host;
  /** Where audio is served that workers do not see; absent where they see it. */
  readonly serveAudio?: AudioPlace | undefined;
  readonly executor: Executor;
}

/**
 * Has the missing clips embedded as jobs, of `total` clips in all. A job that comes to nothing is divided: where a clip is alone in one that ends what
 * embeds it, or hangs, the clip is bad; at most `deaths` may be. Returns how many clips each worker embedded. Throws what the executor throws, and a
 * DataError where workers fail for another reason, or what they put into the cache cannot be found there.
 */
export async function embedByJobs(
  missing: MissingClips,
  total: number,
  deaths: number,
  means: JobMeans,
): Promise<Workers> {
  const size = Math.ceil(total / (JOBS_PER_WORKER * (await means.executor.concurrency())));
  const perJob = Math.max(means.decoder.filesAtOnce ?? 1, Math.min(CLIPS_PER_JOB, size));
  const server = means.serveAudio && (await AudioServer.start(means.serveAudio, means.dataset));
  try {
    const coordinator = new Coordinator(missing, deaths, means, server);
    for (;;) {
      const group = await missing.take(perJob);
      if (group.length > 0) await coordinator.run(perJob, group);
      else if (!(await coordinator.runAgain())) return coordinator.workers;
    }
  } finally {
    await server?.close();
  }
}

/** Clips that are a job together, and how often it was lost. */
interface Sent {
  readonly jobs: readonly SharedJob[];
  readonly losses: number;
}

class Coordinator {
  readonly workers: Workers = {};
  readonly #missing: MissingClips;
  readonly #means: JobMeans;
  readonly #deaths: number;
  readonly #server: AudioServer | undefined;
  readonly #sent = new Map<string, Sent>();
  #again: Sent[] = [];
  #died = 0;

  constructor(missing: MissingClips, deaths: number, means: JobMeans, server?: AudioServer) {
    this.#missing = missing;
    this.#deaths = deaths;
    this.#server = server;
    this.#means = means;
  }

  /** Has these clips embedded, and all that are missing after them, so many to a job. */
  async run(perJob: number, first: readonly SharedJob[]): Promise<void> {
    const missing = this.#missing;
    async function* groups() {
      for (let jobs = first; jobs.length > 0; jobs = await missing.take(perJob)) yield { jobs, losses: 0 };
    }
    await this.#runAll(groups());
  }

  /** Has those embedded whose jobs came to nothing; false where there are none. */
  async runAgain(): Promise<boolean> {
    const again = this.#again;
    this.#again = [];
    async function* groups() {
      yield* again;
    }
    if (again.length > 0) await this.#runAll(groups());
    return again.length > 0;
  }

  async #runAll(groups: AsyncGenerator<Sent>): Promise<void> {
    const { executor, threads, clipTimeLimit, host } = this.#means;
    const recipe = embedRecipe(this.#means, threads, clipTimeLimit, this.#server?.access);
    await executor.run(recipe, this.#jobs(groups), {
      signal: host.signal,
      onResult: (result) => this.#settle(result),
    });
  }

  async *#jobs(groups: AsyncGenerator<Sent>): AsyncGenerator<Job> {
    const { cache } = this.#means;
    for await (const { jobs, losses } of groups) {
      const readable = jobs.filter(({ contentHash }) => contentHash !== undefined);
      if (readable.length < jobs.length) await this.#embedHere(jobs.filter((job) => !readable.includes(job)));
      if (readable.length === 0) continue;
      const clips = await Promise.all(readable.map((job) => referenceOf(job, cache)));
      const input = asJson({ clips });
      const identity = JSON.stringify([losses, input]);
      const id = createHash('sha256').update(identity).digest('hex').slice(0, 32);
      for (const { clip, contentHash } of readable) this.#server?.offer(contentHash!, clip);
      this.#sent.set(id, { jobs: readable, losses });
      yield { id, input };
    }
  }

  /** What cannot be read here is not sent anywhere: here it is known why. So is what a dataset makes without any file. */
  async #embedHere(jobs: readonly SharedJob[]): Promise<void> {
    const { dataset, encoder, clipTimeLimit: timeLimit, host } = this.#means;
    const embedder = { dataset, encoder, timeLimit, contentHash: contentHasher(dataset), signal: host.signal };
    for (const [i, embedded] of (await embedGroup(jobs, embedder)).entries())
      await this.#missing.keep(jobs[i]!, embedded);
  }

  /** Takes what became of a job; what it is told of a second time, it knows already. */
  async #settle(result: JobResult): Promise<void> {
    const sent = this.#sent.get(result.id);
    if (sent === undefined) return;
    this.#sent.delete(result.id);
    for (const { contentHash } of sent.jobs) this.#server?.withdraw(contentHash!);
    if ('failure' in result) return this.#failed(sent, result.failure, result.worker);
    const { cache } = this.#means;
    const { parts, clips } = readOutput(result.output, sent.jobs.length);
    const isThere = await cache.take(parts);
    for (const [i, job] of sent.jobs.entries()) {
      const bad = clips[i] ?? undefined;
      const found = bad === undefined && isThere ? await cache.find(job.contentHash!) : undefined;
      if (bad !== undefined) await this.#missing.settle(job, badClip(job, bad));
      else if (found === undefined) this.#lost(job, sent, result.worker);
      else {
        await this.#missing.settle(job, found);
        this.workers[result.worker] = (this.workers[result.worker] ?? 0) + 1;
      }
    }
  }

  /** What a worker has embedded is not in the cache: once, it may have been damaged; twice, the cache is another one. */
  #lost(job: SharedJob, { losses }: Sent, worker: string): void {
    if (losses > 0)
      throw new ConfigError(
        'cacheDir',
        `\`cacheDir\` ${this.#means.host.cacheDir}: what the worker ${worker} put into its cache is not there. All machines of a run need one folder for it, shared by them.`,
      );
    this.#again.push({ jobs: [job], losses: losses + 1 });
  }

  async #failed({ jobs, losses }: Sent, failure: JobFailure, worker: string): Promise<void> {
    const [job, ...others] = jobs;
    if (others.length > 0) {
      this.#again.push(...jobs.map((one) => ({ jobs: [one], losses })));
      return;
    }
    const { path } = job!.clip;
    if (failure.kind === 'failed') throw new DataError(path, `${path}: the worker ${worker} failed: ${failure.reason}`);
    const bad = this.#deadly(job!, failure);
    if (failure.kind === 'crashed' && ++this.#died > this.#deaths)
      throw new DataError(
        path,
        `More clips than \`maxBad\` accepts (${this.#deaths}) end the worker that embeds them. The encoder or the decoder may do that, or too little memory. ${bad.reason}`,
      );
    await this.#missing.settle(job!, bad);
  }

  #deadly(job: SharedJob, { kind, lastSign, reason }: JobFailure): BadClip {
    const stage = lastSign?.startsWith('encode') ? 'encode' : 'decode';
    if (kind === 'stuck') return tooSlow(job, stage, this.#means.clipTimeLimit);
    const { id, path } = job.clip;
    return { id, path, stage, reason: `${path}: the worker that embeds it ends, and does so again (${reason}).` };
  }
}

async function referenceOf({ clip, contentHash }: SharedJob, cache: ClipCache): Promise<ClipReference> {
  const { id, path, piece } = clip;
  const parts = [...(await cache.missing(contentHash))];
  return defined({ id, path: resolve(path), piece, contentHash: contentHash!, parts });
}

function badClip(
  { clip: { id, path } }: SharedJob,
  { stage, reason, changed }: NonNullable<EmbedOutput['clips'][number]>,
): BadClip {
  return { id, path, stage, reason: reason.replaceAll(resolve(path), path), ...(changed && { changed }) };
}
