import { open, stat } from 'node:fs/promises';
import {
  type Abortable,
  type AudioOptions,
  type AudioStream,
  type DataError,
  messageOf,
  type OpenedFile,
  openFile,
  RefrainError,
  readAt,
  refusal,
  type Waveform,
} from '@refrain/core';
import { decodeFlac } from './flac.ts';
import { wholeWaveform } from './mixdown.ts';
import { decodeMp3 } from './mp3.ts';
import { decodeOggFlac } from './ogg.ts';
import { auLayout, decodePcm, type PcmLayout } from './pcm.ts';
import { checkHeader, type DecodedPiece, type PieceDecoder, streamOf } from './pieces.ts';
import { type AudioFormat, describeContent, isOtherMedia, sniffFormat } from './sniff.ts';
import { decodeVorbis } from './vorbis.ts';
import { wavLayout } from './wav.ts';

/** What a decoding may take. */
export interface DecodeOptions extends Abortable {
  /** Longer audio is refused, as far as possible before it is decoded. Default 4 hours. */
  readonly maxSeconds?: number;
}

const FOUR_HOURS = 4 * 3600;

/** Larger files without compression are read piece by piece. */
const LARGE = 2 ** 25;

/** In the first megabyte of a large file its header must be. */
const BEGINNING = 2 ** 20;

/** Where the samples of an uncompressed file are, by its beginning, in a file of `size` bytes. */
type LayoutReader = (beginning: Uint8Array, source: string, size: number) => PcmLayout;

const COMPRESSED: Readonly<Partial<Record<AudioFormat, PieceDecoder>>> = {
  mp3: decodeMp3,
  flac: decodeFlac,
  'ogg-vorbis': decodeVorbis,
  'ogg-flac': decodeOggFlac,
};

const UNCOMPRESSED: Readonly<Partial<Record<AudioFormat, LayoutReader>>> = { wav: wavLayout, au: auLayout };

/**
 * The audio in the bytes of a file, at its own sample rate, as the mean of its channels, or the loudest of them where they cancel each other
 * out in it. The format is told by the content.
 * Integers are scaled by 2^(bits−1); lossy formats may overshoot ±1 a little. A file that is cut off decodes to what is there, and damaged
 * frames are left out. The result depends on the bytes alone; calls may run at the same time.
 *
 * Throws a DataError that names `source` when the bytes are of no format we decode, hold no audio, claim a rate outside 4,000–384,000 Hz,
 * more than 64 channels or too long a duration, or decode to samples that are not finite or beyond ±4.
 */
export function decodeAudio(bytes: Uint8Array, source: string, options: DecodeOptions = {}): Promise<Waveform> {
  return wholeWaveform(source, () => streamAudio(bytes, source, options));
}

/**
 * What `decodeAudio` decodes, piece by piece and with its channels apart. Throws the same, from here or from the pieces, but for samples that are not finite or beyond ±4:
 * these `Mixdown` refuses, which goes through all of them anyway.
 */
export async function streamAudio(
  bytes: Uint8Array,
  source: string,
  options: DecodeOptions = {},
): Promise<AudioStream> {
  options.signal?.throwIfAborted();
  if (bytes.length === 0) throw refusal(source, 'is empty (0 bytes), expected an audio file.');
  const format = sniffFormat(bytes);
  if (format === undefined) {
    const advice = isOtherMedia(bytes)
      ? 'Convert it to one of these (flac loses nothing), choose the decoder ffmpeg, or leave it out'
      : 'Get it again, or leave it out';
    throw refusal(
      source,
      `expected mp3, flac, ogg (Vorbis or FLAC), wav or au audio, but the file is ${describeContent(bytes)}. ${advice}.`,
    );
  }
  const decode = COMPRESSED[format];
  if (decode === undefined) {
    const read = (start: number, length: number) => bytes.subarray(start, start + length);
    return streamPcm(bytes, bytes.length, (layout) => decodePcm(read, layout), source, options);
  }
  const { maxSeconds = FOUR_HOURS, signal } = options;
  return streamOf(decode(bytes, source, maxSeconds), source, { maxSeconds, signal }, failedAs(source, format));
}

/**
 * The audio of an uncompressed file of `size` bytes whose beginning has its header; `decode` decodes what is laid out so in it. Throws as
 * `streamAudio` does.
 */
async function streamPcm(
  beginning: Uint8Array,
  size: number,
  decode: (layout: PcmLayout) => AsyncGenerator<DecodedPiece>,
  source: string,
  { maxSeconds = FOUR_HOURS, signal }: DecodeOptions,
): Promise<AudioStream> {
  const format = sniffFormat(beginning)!;
  const layout = UNCOMPRESSED[format]!(beginning, source, size);
  checkHeader(layout, source, maxSeconds);
  if (layout.samples === 0) throw refusal(source, 'holds no audio, only a header.');
  return streamOf(decode(layout), source, { maxSeconds, signal }, failedAs(source, format));
}

/** What is thrown in place of an error of a decoder. */
function failedAs(source: string, format: AudioFormat): (error: unknown) => unknown {
  return (error) =>
    error instanceof RefrainError
      ? error
      : refusal(source, `can't be decoded as ${format}: ${messageOf(error)}.`, error);
}

/**
 * The audio of a file at its own sample rate, as `decodeAudio` gives it.
 * Throws a DataError that names the path when there is no such file, it is a folder or may not be read, and for all that `decodeAudio` refuses.
 */
export function readAudioFile(path: string, options?: DecodeOptions): Promise<Waveform> {
  return wholeWaveform(path, () => streamAudioFile(path, options));
}

/**
 * The audio of a file piece by piece, as `streamAudio` gives it; of `bytes`, where they are given, it is decoded from these alone. Throws what `readAudioFile` throws, from
 * here or from the pieces.
 */
export async function streamAudioFile(
  path: string,
  { bytes, ...options }: DecodeOptions & AudioOptions = {},
): Promise<AudioStream> {
  options.signal?.throwIfAborted();
  if (bytes !== undefined) return { ...(await streamAudio(bytes, path, options)), bytes };
  try {
    const opened = await openFile(path);
    if (opened === undefined) throw noFile(path);
    const { file, size } = opened;
    try {
      const large = size > LARGE ? await streamLarge(opened, path, options) : undefined;
      return large ?? (await streamAudio(await readAt(file, 0, size), path, options));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : unreadable(path, error);
  }
}

/** Undefined where the file must be in memory to be decoded. */
async function streamLarge(
  { file, size }: OpenedFile,
  path: string,
  options: DecodeOptions,
): Promise<AudioStream | undefined> {
  const beginning = await readAt(file, 0, BEGINNING);
  const format = sniffFormat(beginning);
  if (format === undefined || UNCOMPRESSED[format] === undefined) return undefined;
  return streamPcm(beginning, size, (layout) => decodeFile(path, layout), path, options);
}

async function* decodeFile(path: string, layout: PcmLayout): AsyncGenerator<DecodedPiece> {
  const file = await open(path);
  try {
    yield* decodePcm((start, length) => readAt(file, start, length), layout);
  } finally {
    await file.close();
  }
}

/**
 * The size of a file in bytes. Throws a DataError that names the path unless one is there. Folders are refused, and devices and pipes too, which could be read without
 * end.
 */
export async function requireFile(path: string): Promise<number> {
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (info.isFile()) return info.size;
  throw noFile(path);
}

function noFile(path: string): DataError {
  return refusal(path, 'not a file but a folder or a device; expected an audio file.');
}

/** The DataError for a path that the system refused to read with `error`. */
function unreadable(path: string, error: unknown): DataError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reason = ['ENOENT', 'ENOTDIR'].includes(code)
    ? 'there is no such file. Check the path and the dataset folder.'
    : ['EACCES', 'EPERM'].includes(code)
      ? 'may not be read. Check its permissions.'
      : `can't be read: ${messageOf(error)}.`;
  return refusal(path, reason, error);
}
