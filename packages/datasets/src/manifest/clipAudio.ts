import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { sliced, wholeWaveform } from '@refrain/audio';
import { type Abortable, type AudioOptions, type AudioStream, type Clip, type Dataset, refusal } from '@refrain/core';
import type { FileDecoder } from '../loading.ts';
import { versionOf } from './content.ts';
import { isEmpty } from './table.ts';

// Pieces of one recording follow each other: it is decoded once for all of them, unless it has more samples than this (1 h of 16 kHz, mono).
const KEPT_SAMPLES = 60_000_000;

/** A recording of which pieces are asked for. */
interface Recording {
  readonly path: string;
  /** Size and time of change: a file with other ones has to be decoded again. */
  readonly version: string;
  readonly sampleRate: number;
  /** Absent where it is too long to be kept. */
  readonly pieces: readonly (readonly Float32Array[])[] | undefined;
}

/** How the audio of a manifest's clips is read, whole files or pieces of them; those in `md5s`, by clip id, are compared with it first. */
export function clipAudio(
  decoder: FileDecoder,
  md5s: ReadonlyMap<string, string>,
): Required<Pick<Dataset, 'readAudio' | 'streamAudio'>> {
  let last: Recording | undefined;
  const recordingOf = async (path: string, options: Abortable | undefined): Promise<Recording> => {
    const version = await versionOf(path);
    if (last?.path === path && last.version === version) return last;
    const { sampleRate, pieces } = await streamFile(decoder, path, options);
    last = { path, version, sampleRate, pieces: await gathered(pieces) };
    return last;
  };
  const streamAudio = async (clip: Clip, options?: AudioOptions): Promise<AudioStream> => {
    const { path, piece } = clip;
    const md5 = md5s.get(clip.id);
    if (md5 !== undefined) await refuseOtherMd5(path, md5, options?.bytes);
    if (piece === undefined) return streamFile(decoder, path, options);
    const { sampleRate, pieces } = await recordingOf(path, { signal: options?.signal });
    const file =
      pieces === undefined
        ? await streamFile(decoder, path, { signal: options?.signal })
        : { sampleRate, pieces: each(pieces) };
    return { sampleRate, pieces: cutPiece(file, piece, clip) };
  };
  return { streamAudio, readAudio: (clip, options) => wholeWaveform(clip.path, () => streamAudio(clip, options)) };
}

async function streamFile(decoder: FileDecoder, path: string, options: AudioOptions | undefined): Promise<AudioStream> {
  if (decoder.stream !== undefined) return decoder.stream(path, options);
  const { samples, sampleRate } = await decoder.decode(path, options);
  return { sampleRate, pieces: each(Array.from(sliced(samples), (piece) => [piece])) };
}

/** All the pieces, unless they are too many. */
async function gathered(pieces: AudioStream['pieces']): Promise<Recording['pieces']> {
  const all: (readonly Float32Array[])[] = [];
  let samples = 0;
  for await (const channels of pieces) {
    samples += channels.length * channels[0]!.length;
    if (samples > KEPT_SAMPLES) return undefined;
    all.push(channels);
  }
  return all;
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

async function refuseOtherMd5(path: string, expected: string, bytes: Uint8Array | undefined): Promise<void> {
  const hash = createHash('md5');
  try {
    for await (const chunk of bytes === undefined ? createReadStream(path) : [bytes]) hash.update(chunk as Uint8Array);
  } catch {
    // A file that can't be read is for the decoder to refuse.
    return;
  }
  const found = hash.digest('hex');
  if (found === expected.toLowerCase()) return;
  throw refusal(path, `its MD5 is ${found}, but the index says ${expected}. Fetch the file again.`);
}

type Piece = NonNullable<Clip['piece']>;

// Durations in manifests are rounded, and decoders of lossy formats differ by a frame or two of padding.
const TOLERANCE_SECONDS = 0.1;

/**
 * The piece of a file that a row stands for, undefined for all of it: a row without an offset is the whole file, whatever its duration, which
 * says only how long the file is then. `refuse` is told what is wrong with a piece that is none.
 */
export function pieceOf(offset: unknown, duration: unknown, refuse: (reason: string) => never): Piece | undefined {
  if (isEmpty(offset)) return undefined;
  const start = numberOf(offset);
  if (start === undefined || start < 0)
    return refuse(`expected an offset in seconds, 0 or more, found ${JSON.stringify(offset)}.`);
  const seconds = numberOf(duration);
  if (seconds === undefined || seconds <= 0)
    return refuse(
      `expected the duration of the piece in seconds beside its offset, found ${JSON.stringify(duration) ?? 'nothing'}.`,
    );
  return { start, seconds };
}

/**
 * The piece of a file's audio: samples from `start` to `start + seconds`, both rounded to whole samples; nothing behind it is decoded. A piece
 * may end up to 0.1 s behind the file and is that much shorter then. Throws a DataError that names the clip when it lies outside, behind the
 * audio that is there.
 */
export async function* cutPiece(
  { sampleRate, pieces }: AudioStream,
  { start, seconds }: Piece,
  clip: Clip,
): AsyncGenerator<readonly Float32Array[]> {
  const from = Math.round(start * sampleRate);
  const to = Math.round((start + seconds) * sampleRate);
  if (to <= from) throw refusal(clip.path, `the clip ${clip.id.slice(0, 200)} is shorter than a sample.`);
  let position = 0;
  for await (const channels of pieces) {
    const next = position + channels[0]!.length;
    const inside = [Math.max(from, position) - position, Math.min(to, next) - position] as const;
    if (inside[0] < inside[1]) yield channels.map((samples) => samples.slice(...inside));
    position = next;
    if (position >= to) return;
  }
  if (from < position && to <= position + Math.round(TOLERANCE_SECONDS * sampleRate)) return;
  throw refusal(
    clip.path,
    `the clip ${clip.id.slice(0, 200)} is ${start} to ${start + seconds} s of it, but it is ${(position / sampleRate).toFixed(3)} s long.`,
  );
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
