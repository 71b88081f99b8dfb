import {
  type Clip,
  DataError,
  type Dataset,
  type Decoder,
  type Encoder,
  type Executor,
  type Host,
} from '@refrain/core';
import { type BadClip, contentHasher } from '@refrain/pruned-dataset';
import type { CachedClip, ClipCache } from '../cache/embeddingCache.ts';
import type { AudioPlace } from '../serve/audioServer.ts';
import type { OwnChoice } from '../settings.ts';
import type { StoredSegments } from '../space/segments.ts';
import { collectRarely } from '../work/collectRarely.ts';
import { type EmbedJob, embedGroup } from './embedClip.ts';
import { embedByJobs } from './embedJobs.ts';
import { type Embedder, type EmbedThreads, type IdleThreads, startEmbedders } from './embedWorkers.ts';
import { MissingClips, type Results, type SharedJob } from './missingClips.ts';

/** A clip with its segment embeddings; what its audio tells is absent where they came without it. */
export interface EmbeddedClip extends Partial<Omit<CachedClip, 'segments'>> {
  readonly clip: Clip;
  readonly segments: StoredSegments;
}

/** A clip whose audio was embedded. */
interface EncodedClip extends CachedClip {
  readonly clip: Clip;
}

/** The clips that could be read, with their segments. */
export interface EmbeddedClips<C extends EmbeddedClip = EncodedClip> {
  /** In the order of the dataset, without the bad ones. */
  readonly clips: readonly C[];
  readonly bad: readonly BadClip[];
  /** How many had to be encoded now; the others came from the cache. */
  readonly encoded: number;
  /** How many of them each worker of an executor encoded, by its name; empty where this process did. */
  readonly workers: Readonly<Record<string, number>>;
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
  /** Worker threads between one set of clips and the next; without it they are started anew. */
  readonly idle?: IdleThreads | undefined;
  /** What has the work done, where that is not this process and its threads. */
  readonly executor?: Executor | undefined;
  /** Where this process serves audio to workers that do not see it; absent where they do. */
  readonly serveAudio?: AudioPlace | undefined;
  /** Share of clips that may be bad. */
  readonly maxBad: number;
  /** Seconds that decoding and encoding one clip may take together. */
  readonly clipTimeLimit: number;
  readonly host: Host;
}

/** What embeds clips, and where results are kept. */
export interface EmbedMeans
  extends Pick<
    AudioMeans,
    'dataset' | 'decoder' | 'maxBad' | 'clipTimeLimit' | 'host' | 'idle' | 'executor' | 'serveAudio'
  > {
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
/** So many clips are worth a thread of their own. */
export const CLIPS_PER_THREAD = 16;

/**
 * Embeds `clips`, taking from the cache what is there; the others are shared out among worker threads, or go to the executor as jobs. A clip that can't
 * be read is set aside with its reason; more than the share `maxBad` of them (rounded up to whole clips), or all of them, is a DataError, and so is
 * that what they lie in is taken away meanwhile. Interrupted, it keeps what is done.
 */
export async function embedClips(clips: readonly Clip[], means: EmbedMeans): Promise<EmbeddedClips> {
  const { dataset, host, cache, maxBad } = means;
  const results: Results = new Map(means.bad);
  const progress = host.progress(means.task ?? 'embedding', clips.length, 'clips');
  let [encoded, workers]: readonly [number, EmbeddedClips['workers']] = [0, {}];
  try {
    const holdsContent = means.executor === undefined;
    const missing = await MissingClips.of(
      clips,
      { dataset, cache, progress, signal: host.signal, holdsContent },
      results,
    );
    const deaths = Math.ceil(maxBad * clips.length);
    if (means.executor === undefined) await embedHere(missing, clips.length, deaths, means);
    else workers = await embedByJobs(missing, clips.length, deaths, { ...means, executor: means.executor });
    host.signal.throwIfAborted();
    encoded = missing.encoded;
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
  return { clips: embedded, bad, encoded, workers };
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

/** Embeds what the cache does not have, in threads or in this one. Each embedder takes the next jobs when it is done with some. */
async function embedHere(missing: MissingClips, clips: number, deaths: number, means: EmbedMeans): Promise<void> {
  const { cache, decoder, host } = means;
  const most = Math.min(host.workers, Math.floor(clips / CLIPS_PER_THREAD));
  const waiting = most > 1 ? await missing.take(2 * CLIPS_PER_THREAD) : [];
  missing.giveBack(waiting);
  const embedders = embeddersFor(waiting.length, most, deaths, means);
  let failure: unknown;
  const work = async ({ embed }: Embedder) => {
    while (failure === undefined && !host.signal.aborted) {
      const group = await missing.take(decoder.filesAtOnce ?? 1);
      if (group.length === 0) return;
      const embedded = await embed(await Promise.all(group.map((job) => sent(job, missing, cache))));
      for (const [i, job] of group.entries()) await missing.keep(job, embedded[i]!);
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
}

/** A job as it goes to an embedder. */
async function sent(job: SharedJob, missing: MissingClips, cache: ClipCache): Promise<EmbedJob> {
  const { clip, contentHash } = job;
  return { clip, contentHash, content: missing.takeContent(job), parts: await cache.missing(contentHash) };
}

/** Worker threads, at most so many, where enough jobs are waiting for more than one; else this thread. At most `deaths` clips may end theirs. */
function embeddersFor(
  waiting: number,
  most: number,
  deaths: number,
  { dataset, encoder, clipTimeLimit: timeLimit, threads, host, idle }: EmbedMeans,
): Embedder[] {
  if (waiting >= 2 * CLIPS_PER_THREAD && threads !== undefined && encoder.usesDevice !== true) {
    const reused = idle && { idle, fingerprint: encoder.fingerprint };
    return startEmbedders(most, threads, { timeLimit, deaths }, host, reused);
  }
  const here = { dataset, encoder, contentHash: contentHasher(dataset), timeLimit, signal: host.signal };
  const embed = (group: readonly EmbedJob[]) => {
    collectRarely();
    return embedGroup(group, here);
  };
  return [{ embed, close: async () => {} }];
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
