import type { Clip, Dataset, Progress } from '@refrain/core';
import { type BadClip, type ClipContent, contentReader } from '@refrain/pruned-dataset';
import type { CachedClip, ClipCache } from '../cache/embeddingCache.ts';
import { ClipFolders } from './clipFolders.ts';
import type { Embedded, EmbedJob } from './embedClip.ts';

/** A job, and all clips it serves: those of the same content, beginning with its own. */
export interface SharedJob extends EmbedJob {
  readonly clips: Clip[];
  result?: CachedClip | BadClip;
}

/** What is known of clips. */
export type Results = Map<Clip, CachedClip | BadClip>;

/** What the clips are taken from, and where what became of them is told. */
interface MissingMeans {
  readonly dataset: Dataset;
  readonly cache: ClipCache;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Whether what is read of files to tell their hashes is held until the jobs go to be embedded. */
  readonly holdsContent: boolean;
}

/** Bytes of files that are held: those of jobs that wait beyond that are read once more. */
const MOST_HELD = 2 ** 26;

/** The clips that have to be embedded, as jobs: each content once, and none that the cache has. */
export class MissingClips {
  readonly #clips: readonly Clip[];
  readonly #means: MissingMeans;
  readonly #results: Results;
  readonly #folders: ClipFolders;
  readonly #jobs: AsyncGenerator<SharedJob>;
  /** Of those that were given already, by their content. */
  readonly #shared = new Map<string, SharedJob>();
  /** Those that come before others. */
  readonly #first: SharedJob[] = [];
  readonly #content = new Map<SharedJob, ClipContent>();
  #held = 0;
  #encoded = 0;

  private constructor(clips: readonly Clip[], means: MissingMeans, results: Results, folders: ClipFolders) {
    this.#clips = clips;
    this.#means = means;
    this.#results = results;
    this.#folders = folders;
    this.#jobs = this.#missing();
  }

  /** Those of `clips` that are not in `results`, where they come to be. */
  static async of(clips: readonly Clip[], means: MissingMeans, results: Results): Promise<MissingClips> {
    return new MissingClips(clips, means, results, await ClipFolders.of(clips));
  }

  /** How many jobs came to embeddings. */
  get encoded(): number {
    return this.#encoded;
  }

  /** The next jobs, fewer than `count` where there are no more for now. */
  async take(count: number): Promise<SharedJob[]> {
    const jobs = this.#first.splice(0, count);
    while (jobs.length < count) {
      const { value } = await this.#jobs.next();
      if (value === undefined) break;
      jobs.push(value);
    }
    return jobs;
  }

  /** Gives jobs back, to be taken before others. */
  giveBack(jobs: readonly SharedJob[]): void {
    this.#first.push(...jobs);
  }

  /** What was read of the job's file, where it is still held; it is not any more. */
  takeContent(job: SharedJob): ClipContent | undefined {
    const content = this.#content.get(job);
    this.#content.delete(job);
    this.#held -= content?.bytes?.length ?? 0;
    return content;
  }

  /** Puts what a job gave into the cache, and takes it; the whole clip as it is kept, also where parts of an encoder had it already. */
  async keep(job: SharedJob, embedded: Embedded): Promise<void> {
    const { cache } = this.#means;
    if ('reason' in embedded) return this.settle(job, embedded);
    await cache.add(embedded);
    await this.settle(job, (await cache.find(embedded.contentHash))!);
  }

  /**
   * Takes what became of a job. Where its file was changed, the others of that content are a job again. Throws a FolderGoneError where a clip is
   * bad because what it lies in was taken away.
   */
  async settle(job: SharedJob, result: CachedClip | BadClip): Promise<void> {
    if ('reason' in result) await this.#folders.check(job.clip);
    const isOther = 'changed' in result;
    const served = isOther ? job.clips.slice(0, 1) : job.clips;
    const [next, ...more] = job.clips.slice(served.length);
    job.result = result;
    for (const clip of served) this.#results.set(clip, result);
    this.#means.progress.advance(served.length);
    if (next !== undefined) this.#first.push({ clip: next, contentHash: job.contentHash, clips: [next, ...more] });
    if (!('reason' in result)) this.#encoded++;
  }

  /** Looks every clip up in the cache as jobs are asked for. */
  async *#missing(): AsyncGenerator<SharedJob> {
    const { cache, dataset, signal, progress } = this.#means;
    const read = contentReader(dataset);
    const unknown = this.#clips.filter((clip) => !this.#results.has(clip));
    progress.advance(this.#clips.length - unknown.length);
    const contentAt = (at: number) => (at < unknown.length ? read(unknown[at]!) : undefined);
    let ahead = contentAt(0);
    for (const [at, clip] of unknown.entries()) {
      signal.throwIfAborted();
      const content = await ahead;
      const hash = content?.hash;
      // One file is read ahead, while others are embedded.
      ahead = contentAt(at + 1);
      const same = hash === undefined ? undefined : this.#jobFor(hash);
      const cached = hash === undefined || same !== undefined ? undefined : await cache.find(hash);
      const known = cached ?? same?.result;
      if (known !== undefined) {
        this.#results.set(clip, known);
        progress.advance();
      } else if (same !== undefined) {
        same.clips.push(clip);
      } else {
        const job: SharedJob = { clip, contentHash: hash, clips: [clip] };
        if (hash !== undefined) this.#shared.set(hash, job);
        this.#hold(job, content!);
        yield job;
      }
    }
  }

  #hold(job: SharedJob, content: ClipContent): void {
    const { bytes } = content;
    if (!this.#means.holdsContent || bytes === undefined || this.#held + bytes.length > MOST_HELD) return;
    // What shares its memory with others cannot be given to a thread.
    if (bytes.length < bytes.buffer.byteLength) return;
    this.#content.set(job, content);
    this.#held += bytes.length;
  }

  /** The job for this content, unless its file turned out to have another one. */
  #jobFor(hash: string): SharedJob | undefined {
    const job = this.#shared.get(hash);
    return job?.result !== undefined && 'changed' in job.result ? undefined : job;
  }
}
