import { createHash } from 'node:crypto';
import { resample } from '@refrain/audio';
import { type Clip, DataError, type Dataset, type Encoder, messageOf, type Waveform } from '@refrain/core';
import type { CachedClip } from './embeddingCache.ts';
import { TimeLimitError, withTimeLimit } from './timeLimit.ts';

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

/** What embeds clips in one thread. */
export interface ClipEmbedder {
  readonly dataset: Dataset;
  readonly encoder: Encoder;
  /** Seconds that decoding and encoding one clip may take together. */
  readonly timeLimit: number;
  readonly signal: AbortSignal;
  /** Called when everything is decoded and the encoder is about to begin. */
  readonly onEncode?: () => void;
}

/** Audio that was read, and what is left of the clip's time. */
interface Decoded {
  readonly audio: Waveform;
  /** Seconds. */
  readonly left: number;
}

/**
 * Decodes the clips, all at once, then resamples and encodes them one by one; the results stand in the order of the jobs. What is wrong
 * with a clip is its result; any other error is thrown.
 */
export async function embedGroup(
  jobs: readonly EmbedJob[],
  embedder: ClipEmbedder,
): Promise<readonly (CachedClip | BadClip)[]> {
  const decoded = await Promise.all(jobs.map((job) => decodeClip(job, embedder)));
  embedder.onEncode?.();
  const results: (CachedClip | BadClip)[] = [];
  for (const [i, job] of jobs.entries()) {
    const audio = decoded[i]!;
    results.push('reason' in audio ? audio : await encodeClip(job, audio, embedder));
  }
  return results;
}

/** The result for a clip that took longer than its time in `stage`. */
export function tooSlow({ clip }: EmbedJob, stage: BadClip['stage'], timeLimit: number): BadClip {
  const what = stage === 'decode' ? 'could not be decoded' : 'was decoded, but not embedded';
  return {
    id: clip.id,
    path: clip.path,
    stage,
    reason: `${clip.path}: ${what} within ${timeLimit} s. A longer audio file may need more: --clip-time-limit sets it.`,
  };
}

const FULL_SCALE = 1 - 2 ** -15;

/** SHA-256 in hexadecimal. */
function sha256(bytes: Uint8Array, salt = ''): string {
  return createHash('sha256').update(salt).update(bytes).digest('hex');
}

function decodeClip(job: EmbedJob, { dataset, timeLimit, signal }: ClipEmbedder): Promise<Decoded | BadClip> {
  const started = performance.now();
  return orBad(job, 'decode', timeLimit, async () => {
    const audio = await withTimeLimit(timeLimit, signal, (limited) => dataset.readAudio(job.clip, { signal: limited }));
    return { audio, left: timeLimit - (performance.now() - started) / 1000 };
  });
}

function encodeClip(
  job: EmbedJob,
  { audio, left }: Decoded,
  { encoder, timeLimit, signal }: ClipEmbedder,
): Promise<CachedClip | BadClip> {
  return orBad(job, 'encode', timeLimit, async () => {
    const { samples, sampleRate } = audio;
    const audioHash = sha256(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), `${sampleRate}`);
    const segments = await withTimeLimit(left, signal, async (limited) =>
      encoder.encode(await resample(audio, encoder.sampleRate), { signal: limited }),
    );
    const silent = samples.every((sample) => sample === 0);
    return {
      contentHash: job.contentHash ?? audioHash,
      audioHash,
      seconds: samples.length / sampleRate,
      sampleRate,
      clipping: clippedShare(samples),
      silent,
      segments,
    };
  });
}

/** The share of samples at full scale: what 16 bits cannot tell from 1, where a recording was cut off. */
function clippedShare(samples: Float32Array): number {
  let clipped = 0;
  for (const sample of samples) if (Math.abs(sample) >= FULL_SCALE) clipped++;
  return samples.length === 0 ? 0 : clipped / samples.length;
}

/** What `work` gives, or what it says is wrong with the clip. */
async function orBad<T>(
  job: EmbedJob,
  stage: BadClip['stage'],
  timeLimit: number,
  work: () => Promise<T>,
): Promise<T | BadClip> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TimeLimitError) return tooSlow(job, stage, timeLimit);
    if (!(error instanceof DataError)) throw error;
    return { id: job.clip.id, path: job.clip.path, stage, reason: messageOf(error) };
  }
}
