import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { countFrom, Mixdown, sliced } from '@refrain/audio';
import {
  type AudioReader,
  type AudioStream,
  type Clip,
  DataError,
  type Encoder,
  type Matrix,
  messageOf,
  versionOf,
} from '@refrain/core';
import type { BadClip, ClipContent } from '@refrain/pruned-dataset';
import type { ClipFacts, NewClip } from '../cache/partFolder.ts';
import { CompositeEncoder } from './compositeEncoder.ts';
import { encodeParts } from './encodeParts.ts';
import { TimeLimit, TimeLimitError } from './timeLimit.ts';

/** A clip to be embedded. */
export interface EmbedJob {
  readonly clip: Clip;
  /** SHA-256 of the file; undefined where the file itself cannot be read. */
  readonly contentHash: string | undefined;
  /** What the file held when its hash was taken, where that is at hand: it is decoded from these bytes, if that can be. */
  readonly content?: ClipContent | undefined;
  /** Of a composite encoder: the parts that embed it, all where it is absent. */
  readonly parts?: readonly number[];
}

/** What became of a job. */
export type Embedded = NewClip | BadClip;

/** What embeds clips in one thread. */
export interface ClipEmbedder {
  readonly dataset: AudioReader;
  readonly encoder: Encoder;
  /** What gives the content hash of a clip as it is now. */
  readonly contentHash: (clip: Clip) => Promise<string | undefined>;
  /** Seconds that decoding and encoding one clip may take together. */
  readonly timeLimit: number;
  readonly signal: AbortSignal;
  /** Told which of both begins, over and over: a long clip is encoded while it is decoded. */
  readonly onStage?: (stage: BadClip['stage']) => void;
}

/** Audio that has begun to come, and what is left of the clip's time. */
interface Opened {
  readonly audio: AudioStream;
  readonly limit: TimeLimit;
}

/**
 * Opens the audio of the clips, all at once, then decodes, resamples and encodes it piece by piece, one clip after another; the results stand
 * in the order of the jobs. What is wrong with a clip is its result; any other error is thrown.
 */
export async function embedGroup(jobs: readonly EmbedJob[], embedder: ClipEmbedder): Promise<readonly Embedded[]> {
  embedder.onStage?.('decode');
  const opened = await Promise.all(jobs.map((job) => openClip(job, embedder)));
  const results: Embedded[] = [];
  for (const [i, job] of jobs.entries()) {
    const clip = opened[i]!;
    results.push('reason' in clip ? clip : await embedClip(job, clip, embedder));
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
    reason: `${clip.path}: ${what} within ${timeLimit} s. A longer audio file may need more: \`clipTimeLimit\` sets it.`,
  };
}

function openClip(job: EmbedJob, { dataset, timeLimit, signal }: ClipEmbedder): Promise<Opened | BadClip> {
  const limit = new TimeLimit(timeLimit, signal);
  return orBad(
    job,
    () => 'decode',
    timeLimit,
    async () => ({ limit, audio: await limit.run((limited) => openAudio(job, dataset, limited)) }),
  );
}

async function openAudio({ clip, content }: EmbedJob, dataset: AudioReader, signal: AbortSignal): Promise<AudioStream> {
  if (dataset.streamAudio !== undefined) return dataset.streamAudio(clip, { signal, bytes: content?.bytes });
  const { samples, sampleRate } = await dataset.readAudio(clip, { signal });
  async function* pieces() {
    for (const piece of sliced(samples)) yield [piece];
  }
  return { sampleRate, pieces: pieces() };
}

async function embedClip(job: EmbedJob, { audio, limit }: Opened, embedder: ClipEmbedder): Promise<Embedded> {
  let stage: BadClip['stage'] = 'decode';
  const onStage = (next: BadClip['stage']) => {
    stage = next;
    embedder.onStage?.(next);
  };
  const work = async (signal: AbortSignal): Promise<Embedded> => {
    const { encoder } = embedder;
    const asked = encoder instanceof CompositeEncoder ? (job.parts ?? [...encoder.parts.keys()]) : undefined;
    const encoders = asked === undefined ? [encoder] : asked.map((part) => (encoder as CompositeEncoder).parts[part]!);
    const means = { encoders, limit, signal, onStage };
    const { path } = job.clip;
    const mean = new Listener(path, audio.sampleRate);
    let segments = await encodeAudio(audio, mean, means);
    const channel = mean.cancelled;
    const alone = new Listener(path, audio.sampleRate, channel);
    if (channel !== undefined) {
      segments = await encodeAudio(await openAudio(job, embedder.dataset, signal), alone, means);
    }
    if (!(await isUnchanged(job, audio, embedder))) return changed(job);
    const facts = (channel === undefined ? mean : alone).facts();
    return {
      contentHash: job.contentHash ?? facts.audioHash,
      ...facts,
      ...(channel !== undefined && { channel }),
      segments: segments[0]!,
      ...(asked && { parts: asked.map((part, i) => ({ part, segments: segments[i]! })) }),
    };
  };
  return orBad(
    job,
    () => stage,
    embedder.timeLimit,
    () => limit.run(work),
  );
}

interface EncodingMeans extends Required<Pick<ClipEmbedder, 'onStage'>> {
  readonly encoders: readonly Encoder[];
  readonly limit: TimeLimit;
  readonly signal: AbortSignal;
}

/** What each encoder gives for audio that the listener mixes down. */
async function encodeAudio(audio: AudioStream, listener: Listener, means: EncodingMeans): Promise<readonly Matrix[]> {
  const { encoders, limit, signal, onStage } = means;
  let ended = false;
  async function* mixed() {
    onStage('decode');
    for await (const channels of audio.pieces) {
      limit.check();
      const piece = listener.hear(channels);
      onStage('encode');
      yield piece;
      // A decoder that never waits would not let the time limit go off.
      await setImmediate();
      limit.check();
      onStage('decode');
    }
    onStage('encode');
    ended = true;
  }
  const segments = await encodeParts(mixed(), audio.sampleRate, encoders, signal);
  if (!ended) throw new Error(`The ${encoders[0]!.name} encoder did not take a clip to its end.`);
  return segments;
}

/** Whether what was decoded is what has the job's hash. */
async function isUnchanged(
  { clip, contentHash, content }: EmbedJob,
  audio: AudioStream,
  embedder: ClipEmbedder,
): Promise<boolean> {
  if (contentHash === undefined) return true;
  if (content?.bytes !== undefined && audio.bytes === content.bytes) {
    // Decoded were the bytes that were hashed; but something may have written into the file while they were read.
    if (content.version === undefined || content.version === (await versionOf(clip.path))) return true;
  }
  return (await embedder.contentHash(clip)) === contentHash;
}

function changed({ clip: { id, path } }: EmbedJob): BadClip {
  const reason = `${path}: was changed while it was read. Run again when nothing writes into it any more.`;
  return { id, path, stage: 'decode', reason, changed: true };
}

/** What `work` gives, or what it says is wrong with the clip. */
async function orBad<T>(
  job: EmbedJob,
  stage: () => BadClip['stage'],
  timeLimit: number,
  work: () => Promise<T>,
): Promise<T | BadClip> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TimeLimitError) return tooSlow(job, stage(), timeLimit);
    if (!(error instanceof DataError)) throw error;
    return { id: job.clip.id, path: job.clip.path, stage: stage(), reason: messageOf(error) };
  }
}

const FULL_SCALE = 1 - 2 ** -15;

/** Mixes the audio of one clip down, piece by piece, and listens to it. */
class Listener {
  readonly #sampleRate: number;
  readonly #mixdown: Mixdown;
  readonly #channels: Hash[] = [];
  #samples = 0;
  #clipped = 0;
  #silent = true;

  /** `path`: of the file; `channel`: the one that is taken alone, from 0; the mean of all where it is undefined. */
  constructor(path: string, sampleRate: number, channel?: number) {
    this.#sampleRate = sampleRate;
    this.#mixdown = new Mixdown(path, channel);
  }

  /** The loudest channel, from 0, where they cancel each other out in their mean. */
  get cancelled(): number | undefined {
    return this.#mixdown.cancelled;
  }

  /** The next piece, mixed down. */
  hear(channels: readonly Float32Array[]): Float32Array {
    for (const [i, samples] of channels.entries()) {
      this.#channels[i] ??= createHash('sha256');
      this.#channels[i].update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    }
    const mixed = this.#mixdown.mix(channels);
    this.#samples += mixed.length;
    const { peak } = this.#mixdown;
    if (peak > 0) this.#silent = false;
    if (peak >= FULL_SCALE) this.#clipped += countFrom(FULL_SCALE, mixed);
    return mixed;
  }

  /** What was heard in all. The hash is of every channel by itself, so it does not depend on where the audio was cut. */
  facts(): Omit<ClipFacts, 'contentHash' | 'channel'> {
    const identity = createHash('sha256').update(`${this.#sampleRate} ${this.#channels.length}`);
    for (const channel of this.#channels) identity.update(channel.digest());
    return {
      audioHash: identity.digest('hex'),
      seconds: this.#samples / this.#sampleRate,
      sampleRate: this.#sampleRate,
      clipping: this.#samples === 0 ? 0 : this.#clipped / this.#samples,
      silent: this.#silent,
    };
  }
}
