import { createHash } from 'node:crypto';
import { resample } from '@refrain/audio';
import { type Clip, DataError, type Dataset, type Encoder, messageOf } from '@refrain/core';
import type { CachedClip } from './embeddingCache.ts';

/** A clip that can't be used, and why. */
export interface BadClip {
  readonly id: string;
  readonly path: string;
  /** Where it failed: reading and decoding, or encoding. */
  readonly stage: 'decode' | 'encode';
  readonly reason: string;
}

/** A clip to be embedded. */
export interface EmbedJob {
  readonly clip: Clip;
  /** SHA-256 of the file; undefined where the file itself cannot be read. */
  readonly contentHash: string | undefined;
}

/** Decodes, resamples and encodes a clip. What is wrong with the clip is its result; any other error is thrown. */
export async function embedClip(
  dataset: Dataset,
  encoder: Encoder,
  { clip, contentHash }: EmbedJob,
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

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array, salt = ''): string {
  return createHash('sha256').update(salt).update(bytes).digest('hex');
}
