import {
  type Clip,
  DataError,
  type Dataset,
  type Decoder,
  type Encoder,
  type Host,
  type Progress,
} from '@refrain/core';
import { contentHash } from '../folder/hashes.ts';
import type { Settings } from '../settings/settings.ts';
import { type BadClip, type EmbedJob, embedGroup } from './embedClip.ts';
import type { CachedClip, EmbeddingCache } from './embeddingCache.ts';
import { type Embedder, startEmbedders } from './embedWorkers.ts';

/** A clip with its segment embeddings. */
export interface EmbeddedClip extends CachedClip {
  readonly clip: Clip;
}

export interface EmbeddedClips {
  /** In the order of the dataset, without the bad ones. */
  readonly clips: readonly EmbeddedClip[];
  readonly bad: readonly BadClip[];
  /** How many had to be encoded now; the others came from the cache. */
  readonly encoded: number;
}

/** What embeds clips, and where results are kept. */
export interface EmbedMeans {
  readonly decoder: Decoder;
  readonly dataset: Dataset;
  readonly encoder: Encoder;
  readonly cache: EmbeddingCache;
  readonly settings: Settings;
  readonly host: Host;
}

// A thread loads the runner, the plugins and the model anew: for fewer clips than this each, starting it takes longer than it saves.
const CLIPS_PER_THREAD = 16;

/**
 * Embeds `clips`, taking from the cache what is there; the others are shared out among worker threads. A clip that can't be read is set
 * aside with its reason; more than the share `maxBad` of them (rounded up to whole clips), or all of them, is a DataError. Interrupted, it
 * keeps what is done.
 */
export async function embedClips(clips: readonly Clip[], means: EmbedMeans): Promise<EmbeddedClips> {
  const { host, cache, settings } = means;
  const results = new Map<Clip, CachedClip | BadClip>();
  const progress = host.progress('embedding', clips.length, 'clips');
  let encoded = 0;
  try {
    const jobs = await missingFromCache(clips, means, results, progress);
    encoded = await embedMissing(jobs, means, results, progress);
  } finally {
    progress.end();
    await cache.flush();
  }
  const embedded: EmbeddedClip[] = [];
  const bad: BadClip[] = [];
  for (const clip of clips) {
    const result = results.get(clip)!;
    if ('reason' in result) bad.push({ ...result, id: clip.id, path: clip.path });
    else embedded.push({ ...result, clip });
  }
  refuseTooManyBad(bad, clips.length, settings.maxBad);
  return { clips: embedded, bad, encoded };
}

/** A job, and all clips it serves: those of the same content. */
interface SharedJob extends EmbedJob {
  readonly clips: Clip[];
}

async function missingFromCache(
  clips: readonly Clip[],
  { cache, dataset, host }: EmbedMeans,
  results: Map<Clip, CachedClip | BadClip>,
  progress: Progress,
): Promise<SharedJob[]> {
  const jobs = new Map<string | Clip, SharedJob>();
  for (const clip of clips) {
    host.signal.throwIfAborted();
    const hash = await contentHash(clip, dataset);
    const cached = hash === undefined ? undefined : await cache.find(hash);
    if (cached !== undefined) {
      results.set(clip, cached);
      progress.advance();
      continue;
    }
    const key = hash ?? clip;
    const job = jobs.get(key) ?? { clip, contentHash: hash, clips: [] };
    job.clips.push(clip);
    jobs.set(key, job);
  }
  return [...jobs.values()];
}

/** Embeds each job once; returns how many clips were encoded. Each embedder takes the next jobs when it is done with some. */
async function embedMissing(
  jobs: readonly SharedJob[],
  means: EmbedMeans,
  results: Map<Clip, CachedClip | BadClip>,
  progress: Progress,
): Promise<number> {
  if (jobs.length === 0) return 0;
  const { cache, host, decoder } = means;
  const embedders = embeddersFor(jobs.length, means);
  const queue = jobs.values();
  let failure: unknown;
  let encoded = 0;
  const work = async ({ embed }: Embedder) => {
    for (let group = take(queue, decoder.filesAtOnce); group.length > 0; group = take(queue, decoder.filesAtOnce)) {
      if (failure !== undefined || host.signal.aborted) return;
      const embedded = await embed(group.map(({ clip, contentHash }) => ({ clip, contentHash })));
      for (const [i, { clips }] of group.entries()) {
        const result = embedded[i]!;
        for (const clip of clips) results.set(clip, result);
        if (!('reason' in result)) {
          encoded++;
          await cache.add(result);
        }
        progress.advance(clips.length);
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

/** Worker threads where there is enough to do for more than one, else this thread. */
function embeddersFor(jobs: number, { dataset, encoder, settings, host }: EmbedMeans): Embedder[] {
  const threads = Math.min(host.workers, Math.floor(jobs / CLIPS_PER_THREAD));
  if (threads > 1 && encoder.usesDevice !== true) return startEmbedders(threads, settings, host);
  const { clipTimeLimit: timeLimit } = settings;
  const here = { dataset, encoder, timeLimit, signal: host.signal };
  return [{ embed: (group) => embedGroup(group, here), close: async () => {} }];
}

/** The next `count` values, fewer at the end. */
function take<T>(values: Iterator<T>, count = 1): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = values.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

function refuseTooManyBad(bad: readonly BadClip[], total: number, maxBad: number): void {
  const accepted = Math.ceil(maxBad * total);
  if (bad.length <= accepted && bad.length < total) return;
  const shown = bad.slice(0, 10).map(({ id, reason }) => `  ${id}: ${reason}`);
  const rest = bad.length > shown.length ? `\n  … and ${bad.length - shown.length} more` : '';
  const advice =
    bad.length === total
      ? 'Is this the right folder?'
      : `--max-bad accepts ${accepted}; raise it to go on without them.`;
  throw new DataError(
    bad[0]?.path ?? '',
    `${bad.length} of ${total} clips cannot be used. ${advice}\n${shown.join('\n')}${rest}`,
  );
}
