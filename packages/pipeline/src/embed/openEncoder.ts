import { type Clip, DataError, type Encoder } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import { type ClipCache, EmbeddingCache } from '../cache/embeddingCache.ts';
import { PartCaches } from '../cache/partCaches.ts';
import { FolderGoneError } from './clipFolders.ts';
import { CompositeEncoder } from './compositeEncoder.ts';
import { type AudioMeans, CLIPS_PER_THREAD, type EmbeddedClips, embedClips } from './embed.ts';

/** The encoder of a set of clips, with the cache of its embeddings. */
export interface OpenedEncoder {
  readonly encoder: Encoder;
  readonly cache: ClipCache;
  /** How many clips it has encoded already, to find out how long clips are. */
  readonly encoded: number;
  /** How many of them each worker of an executor has encoded. */
  readonly workers: EmbeddedClips['workers'];
  /** Those of them that cannot be read. */
  readonly bad: ReadonlyMap<Clip, BadClip>;
}

/** The median of so many clips tells how long those of a set are: enough to be embedded in threads, which can be ended where one hangs. */
const SAMPLE = 2 * CLIPS_PER_THREAD + 1;

/** A clip is compared with itself by two halves of its segments, of two each at least. */
const FEWEST_SEGMENTS = 4;

/**
 * The chosen encoder, with the options that it leaves to the length of the clips fixed for the whole set: embeddings of one set must be
 * comparable. What decides is the median length of some train clips, spread evenly over their ids, so that neither the order of the clips nor
 * a few odd ones matter. From then on the means have this encoder. Where nobody named one, the length also decides which it is.
 */
export async function openEncoder(means: AudioMeans): Promise<OpenedEncoder> {
  const { host } = means;
  const encoder = await means.encoder();
  const open = (of: Encoder) =>
    EmbeddingCache.open(host.cacheDir, { decoder: means.decoder, encoder: of }, host.notice);
  if (encoder instanceof CompositeEncoder)
    return openComposite(means, encoder, new PartCaches(encoder, await Promise.all(encoder.parts.map(open))));
  const cache = await open(encoder);
  if (!means.isAdaptable || encoder.optionsFor?.(Infinity) === undefined)
    return { encoder, cache, encoded: 0, workers: {}, bad: new Map() };
  const { seconds, encoded, workers, bad } = await usualLength(means, encoder, cache);
  const options = encoder.optionsFor(seconds)!;
  const chosen = await means.encoder(options);
  if (chosen.fingerprint === encoder.fingerprint) return { encoder: chosen, cache, encoded, workers, bad };
  const told = Object.entries(options).map(([name, value]) => `\`encoder.${name}\` ${value}`);
  host.notice(
    `Half of the clips are no longer than ${seconds.toFixed(1)} s, so they are embedded with ${told.join(' ')}.`,
  );
  return { encoder: chosen, cache: await open(chosen), encoded: 0, workers: {}, bad };
}

async function openComposite(means: AudioMeans, encoder: CompositeEncoder, cache: PartCaches): Promise<OpenedEncoder> {
  const { encoderForShort, host } = means;
  if (encoderForShort === undefined) return { encoder, cache, encoded: 0, workers: {}, bad: new Map() };
  const { seconds, encoded, workers, bad } = await usualLength(means, encoder, cache);
  const names = encoder.parts.map(({ name }) => name);
  if (seconds >= FEWEST_SEGMENTS * encoder.grid.windowSeconds) {
    host.notice(`No \`encoder\` was named: ${names.join(',')}, which finds most in music.`);
    return { encoder, cache, encoded, workers, bad };
  }
  await encoderForShort();
  const { encoderForShort: _, ...decided } = means;
  const opened = await openEncoder(decided);
  host.notice(
    `No \`encoder\` was named: ${opened.encoder.name}, which finds more than ${names.join(',')} where half of the clips are no longer than ${seconds.toFixed(1)} s.`,
  );
  return { ...opened, bad };
}

/** The median length of a sample of the clips in seconds, infinite where none can be read; and what was found on the way. */
async function usualLength(means: AudioMeans, encoder: Encoder, cache: ClipCache) {
  const sample = sampleOf(means.dataset.clips);
  // A bad clip counts when all are embedded, and is told of then.
  const lenient = { ...means, encoder, cache, threads: means.threads(), maxBad: 1, task: 'lengths' };
  const found = await embedClips(sample, lenient).catch((error: unknown) => {
    if (error instanceof DataError && !(error instanceof FolderGoneError))
      return { clips: [], bad: [], encoded: 0, workers: {} };
    throw error;
  });
  const reasons = new Map(found.bad.map((clip) => [clip.id, clip]));
  const bad = new Map(sample.flatMap((clip) => (reasons.has(clip.id) ? [[clip, reasons.get(clip.id)!]] : [])));
  const seconds = found.clips.length === 0 ? Infinity : medianOf(found.clips.map((clip) => clip.seconds));
  return { seconds, encoded: found.encoded, workers: found.workers, bad };
}

function sampleOf(clips: readonly Clip[]): Clip[] {
  const train = clips.filter(({ split }) => split === 'train').sort((a, b) => (a.id < b.id ? -1 : 1));
  const count = Math.min(SAMPLE, train.length);
  return Array.from({ length: count }, (_, i) => train[Math.floor((i * train.length) / count)]!);
}

/** The median, the lower one of two. */
function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}
