import {
  type Clip,
  DataError,
  type Dataset,
  type Decoder,
  type Encoder,
  type Host,
  type Progress,
} from '@refrain/core';
import { type BadClip, contentHasher } from '@refrain/pruned-dataset';
import type { CachedClip, ClipCache } from '../cache/embeddingCache.ts';
import type { OwnChoice } from '../settings.ts';
import type { StoredSegments } from '../space/segments.ts';
import { ClipFolders } from './clipFolders.ts';
import { type Embedded, type EmbedJob, embedGroup } from './embedClip.ts';
import { type Embedder, type EmbedThreads, startEmbedders } from './embedWorkers.ts';

/** A clip with its segment embeddings; what its audio tells is absent where they came without it. */
export interface EmbeddedClip extends Partial<Omit<CachedClip, 'segments'>> {
  readonly clip: Clip;
  readonly segments: StoredSegments;
}

/** A clip whose audio was embedded. */
interface EncodedClip extends CachedClip {
  readonly clip: Clip;
}

export interface EmbeddedClips<C extends EmbeddedClip = EncodedClip> {
  /** In the order of the dataset, without the bad ones. */
  readonly clips: readonly C[];
  readonly bad: readonly BadClip[];
  /** How many had to be encoded now; the others came from the cache. */
  readonly encoded: number;
}

/** What turns the audio of a dataset into numbers, and within which limits. */
export interface AudioMeans {
  readonly dataset: Dataset;
  readonly decoder: Decoder;
  /** The encoder; with options, the same one with these changed, which it is from then on. */
  readonly encoder: (options?: Readonly<Record<string, unknown>>) => Promise<Encoder>;
  /** Makes it the one for short clips; absent where somebody named one. */
  readonly encoderForShort?: () => Promise<void>;
  /** Embeddings that stand in its place. */
  readonly own?: OwnChoice | undefined;
  /** Whether its options can be changed: not where it came ready-made. */
  readonly isAdaptable: boolean;
  /** What worker threads need to make these components anew, as they are now; undefined where threads cannot. */
  readonly threads: () => EmbedThreads | undefined;
  /** Share of clips that may be bad. */
  readonly maxBad: number;
  /** Seconds that decoding and encoding one clip may take together. */
  readonly clipTimeLimit: number;
  readonly host: Host;
}

/** What embeds clips, and where results are kept. */
export interface EmbedMeans extends Pick<AudioMeans, 'dataset' | 'decoder' | 'maxBad' | 'clipTimeLimit' | 'host'> {
  readonly encoder: Encoder;
  readonly cache: ClipCache;
  /** Clips that are known to be bad: they are not read again. */
  readonly bad?: ReadonlyMap<Clip, BadClip>;
  /** What is being done, for the progress; default `embedding`. */
  readonly task?: string;
  /** What worker threads make the components from; without it all is done in this one. */
  readonly threads?: EmbedThreads | undefined;
}

// A thread loads the runner, the plugins and the model anew: for fewer clips than this each, starting it takes longer than it saves.
export const CLIPS_PER_THREAD = 16;

/**
 * Embeds `clips`, taking from the cache what is there; the others are shared out among worker threads. A clip that can't be read is set
 * aside with its reason; more than the share `maxBad` of them (rounded up to whole clips), or all of them, is a DataError, and so is that what
 * they lie in is taken away meanwhile. Interrupted, it keeps what is done.
 */
export async function embedClips(clips: readonly Clip[], means: EmbedMeans): Promise<EmbeddedClips> {
  const { host, cache, maxBad } = means;
  const results: Results = new Map(means.bad);
  const progress = host.progress(means.task ?? 'embedding', clips.length, 'clips');
  let encoded = 0;
  try {
    encoded = await embedMissing(clips, means, results, progress);
  } finally {
    progress.end();
    await cache.flush();
  }
  const embedded: EncodedClip[] = [];
  const bad: BadClip[] = [];
  for (const clip of clips) {
    const result = results.get(clip)!;
    if ('reason' in result) bad.push(ofClip(result, clip));
    else embedded.push({ ...result, clip });
  }
  refuseTooManyBad(bad, clips.length, maxBad);
  tellCancelled(embedded, host);
  return { clips: embedded, bad, encoded };
}

function tellCancelled(clips: readonly EmbeddedClip[], host: Host): void {
  for (const { clip, channel } of clips) {
    if (channel === undefined) continue;
    host.notice(
      `${clip.path}: its channels cancel each other out in their mean (one is the other inverted), so channel ${channel + 1} alone is used.`,
    );
  }
}

/** What is wrong with a clip, as it was found in another one of the same content. */
function ofClip({ path, reason, stage }: BadClip, clip: Clip): BadClip {
  return { id: clip.id, path: clip.path, stage, reason: reason.replaceAll(path, clip.path) };
}

/** A job, and all clips it serves: those of the same content, beginning with its own. */
interface SharedJob extends EmbedJob {
  readonly clips: Clip[];
  result?: CachedClip | BadClip;
}

type Results = Map<Clip, CachedClip | BadClip>;

/** Looks every clip up in the cache as jobs are asked for, and gives those that are not there, once for each content. */
async function* missingJobs(
  clips: readonly Clip[],
  { cache, dataset, host }: EmbedMeans,
  results: Results,
  progress: Progress,
): AsyncGenerator<SharedJob> {
  const jobs = new Map<string, SharedJob>();
  const contentHash = contentHasher(dataset);
  const unknown = clips.filter((clip) => !results.has(clip));
  progress.advance(clips.length - unknown.length);
  const hashAt = (at: number) => (at < unknown.length ? contentHash(unknown[at]!) : undefined);
  let ahead = hashAt(0);
  for (const [at, clip] of unknown.entries()) {
    host.signal.throwIfAborted();
    const hash = await ahead;
    // One file is read ahead, while others are embedded.
    ahead = hashAt(at + 1);
    const same = hash === undefined ? undefined : sharedJob(jobs, hash);
    const cached = hash === undefined || same !== undefined ? undefined : await cache.find(hash);
    const known = cached ?? same?.result;
    if (known !== undefined) {
      results.set(clip, known);
      progress.advance();
    } else if (same !== undefined) {
      same.clips.push(clip);
    } else {
      const job: SharedJob = { clip, contentHash: hash, clips: [clip] };
      if (hash !== undefined) jobs.set(hash, job);
      yield job;
    }
  }
}

/** The job for this content, unless its file turned out to have another one. */
function sharedJob(jobs: ReadonlyMap<string, SharedJob>, hash: string): SharedJob | undefined {
  const job = jobs.get(hash);
  return job?.result !== undefined && 'changed' in job.result ? undefined : job;
}

/** Embeds what the cache does not have; returns how many clips were encoded. Each embedder takes the next jobs when it is done with some. */
async function embedMissing(
  clips: readonly Clip[],
  means: EmbedMeans,
  results: Results,
  progress: Progress,
): Promise<number> {
  const { cache, decoder, host } = means;
  const folders = await ClipFolders.of(clips);
  const missing = missingJobs(clips, means, results, progress);
  const waiting: SharedJob[] = [];
  const take = async (count = 1) => {
    const jobs = waiting.splice(0, count);
    while (jobs.length < count) {
      const { value } = await missing.next();
      if (value === undefined) break;
      jobs.push(value);
    }
    return jobs;
  };
  const most = Math.min(host.workers, Math.floor(clips.length / CLIPS_PER_THREAD));
  if (most > 1) waiting.push(...(await take(2 * CLIPS_PER_THREAD)));
  const embedders = embeddersFor(waiting.length, most, Math.ceil(means.maxBad * clips.length), means);
  let failure: unknown;
  let encoded = 0;
  const work = async ({ embed }: Embedder) => {
    while (failure === undefined && !host.signal.aborted) {
      const group = await take(decoder.filesAtOnce);
      if (group.length === 0) return;
      const embedded = await embed(await Promise.all(group.map((job) => sent(job, cache))));
      for (const [i, job] of group.entries()) {
        const result = await kept(embedded[i]!, cache);
        if ('reason' in result) await folders.check(job.clip);
        const [served, others] = servedBy(job, result);
        job.result = result;
        for (const clip of served) results.set(clip, result);
        progress.advance(served.length);
        const [next] = others;
        if (next !== undefined) waiting.push({ clip: next, contentHash: job.contentHash, clips: [...others] });
        if (!('reason' in result)) encoded++;
      }
    }
  };
  await Promise.all(
    embedders.map((embedder) =>
      work(embedder)
        .catch((error) => {
          failure ??= error;
        })
        .finally(() => embedder.close()),
    ),
  );
  if (failure !== undefined) throw failure;
  host.signal.throwIfAborted();
  return encoded;
}

/** A job as it goes to an embedder. */
async function sent({ clip, contentHash }: SharedJob, cache: ClipCache): Promise<EmbedJob> {
  return { clip, contentHash, parts: await cache.missing(contentHash) };
}

/** Puts what a job gave into the cache; the whole clip as it is kept, also where parts of an encoder had it already. */
async function kept(result: Embedded, cache: ClipCache): Promise<CachedClip | BadClip> {
  if ('reason' in result) return result;
  await cache.add(result);
  return (await cache.find(result.contentHash))!;
}

/** The clips of a job for which its result holds, and the others: those of the same content as a file that was changed meanwhile. */
function servedBy({ clips }: SharedJob, result: CachedClip | BadClip): readonly [readonly Clip[], readonly Clip[]] {
  return 'changed' in result ? [clips.slice(0, 1), clips.slice(1)] : [clips, []];
}

/** Worker threads, at most so many, where enough jobs are waiting for more than one; else this thread. At most `deaths` clips may end theirs. */
function embeddersFor(
  waiting: number,
  most: number,
  deaths: number,
  { dataset, encoder, clipTimeLimit: timeLimit, threads, host }: EmbedMeans,
): Embedder[] {
  if (waiting >= 2 * CLIPS_PER_THREAD && threads !== undefined && encoder.usesDevice !== true)
    return startEmbedders(most, threads, { timeLimit, deaths }, host);
  const here = { dataset, encoder, contentHash: contentHasher(dataset), timeLimit, signal: host.signal };
  return [{ embed: (group) => embedGroup(group, here), close: async () => {} }];
}

/** Throws a DataError that names clips where more than the share `maxBad` of them (rounded up to whole clips), or all of them, are bad. */
export function refuseTooManyBad(bad: readonly BadClip[], total: number, maxBad: number): void {
  const accepted = Math.ceil(maxBad * total);
  if (bad.length <= accepted && bad.length < total) return;
  const shown = bad.slice(0, 10).map(({ id, reason }) => `  ${id}: ${reason}`);
  const rest = bad.length > shown.length ? `\n  … and ${bad.length - shown.length} more` : '';
  const advice =
    bad.length === total
      ? 'Is this the right folder?'
      : `\`maxBad\` accepts ${accepted}; raise it to go on without them.`;
  throw new DataError(
    bad[0]?.path ?? '',
    `${bad.length} of ${total} clips cannot be used. ${advice}\n${shown.join('\n')}${rest}`,
  );
}
