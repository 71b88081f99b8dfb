import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resample } from '@refrain/audio';
import { type Clip, DataError, type Dataset, type Encoder, type Host, messageOf } from '@refrain/core';
import type { CachedClip, EmbeddingCache } from './embeddingCache.ts';

/** A clip with its segment embeddings. */
export interface EmbeddedClip extends CachedClip {
  readonly clip: Clip;
}

/** A clip that can't be used, and why. */
export interface BadClip {
  readonly id: string;
  readonly path: string;
  /** Where it failed: reading and decoding, or encoding. */
  readonly stage: 'decode' | 'encode';
  readonly reason: string;
}

export interface EmbeddedClips {
  /** In the order of the dataset, without the bad ones. */
  readonly clips: readonly EmbeddedClip[];
  readonly bad: readonly BadClip[];
  /** How many had to be encoded now; the others came from the cache. */
  readonly encoded: number;
}

/**
 * Embeds `clips`, taking from the cache what is there. A clip that can't be read is set aside with its reason; more than the share
 * `maxBad` of them (rounded up to whole clips), or all of them, is a DataError. Interrupted, it keeps what is done.
 */
export async function embedClips(
  dataset: Dataset,
  clips: readonly Clip[],
  encoder: Encoder,
  cache: EmbeddingCache,
  host: Host,
  maxBad: number,
): Promise<EmbeddedClips> {
  const embedded: EmbeddedClip[] = [];
  const bad: BadClip[] = [];
  let encoded = 0;
  const progress = host.progress('embedding', clips.length, 'clips');
  try {
    for (const clip of clips) {
      host.signal.throwIfAborted();
      const content = await readFile(clip.path).catch(() => undefined);
      const contentHash = content === undefined ? undefined : sha256(content);
      const cached = contentHash === undefined ? undefined : await cache.find(contentHash);
      const result = cached ?? (await embed(dataset, clip, encoder, contentHash));
      if ('reason' in result) {
        bad.push(result);
      } else {
        embedded.push({ ...result, clip });
        if (cached === undefined) {
          encoded++;
          await cache.add(result);
        }
      }
      progress.advance();
    }
  } finally {
    progress.end();
    await cache.flush();
  }
  refuseTooManyBad(bad, clips.length, maxBad);
  return { clips: embedded, bad, encoded };
}

async function embed(
  dataset: Dataset,
  clip: Clip,
  encoder: Encoder,
  contentHash: string | undefined,
): Promise<CachedClip | BadClip> {
  let stage: BadClip['stage'] = 'decode';
  try {
    const audio = await dataset.readAudio(clip);
    const { samples, sampleRate } = audio;
    const audioHash = sha256(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), `${sampleRate}`);
    stage = 'encode';
    const segments = await encoder.encode(await resample(audio, encoder.sampleRate));
    const silent = samples.every((sample) => sample === 0);
    return { contentHash: contentHash ?? audioHash, audioHash, seconds: samples.length / sampleRate, silent, segments };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { id: clip.id, path: clip.path, stage, reason: messageOf(error) };
  }
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

function sha256(bytes: Uint8Array, salt = ''): string {
  return createHash('sha256').update(salt).update(bytes).digest('hex');
}
