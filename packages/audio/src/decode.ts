import { type Abortable, type AudioStream, DataError, messageOf, RefrainError, type Waveform } from '@refrain/core';
import { auLayout } from './au.ts';
import { decodeFlac, decodeMp3, decodeOggFlac, type PieceDecoder } from './compressed.ts';
import { wholeWaveform } from './mixdown.ts';
import { decodePcm, type PcmLayout } from './pcm.ts';
import { type DecodedPiece, streamOf } from './pieces.ts';
import { type AudioFormat, describeContent, isOtherMedia, sniffFormat } from './sniff.ts';
import { decodeVorbis } from './vorbis.ts';
import { wavLayout } from './wav.ts';
import { checkHeader } from './waveformChecks.ts';

export interface DecodeOptions extends Abortable {
  /** Longer audio is refused, as far as possible before it is decoded. Default 4 hours. */
  readonly maxSeconds?: number;
}

const FOUR_HOURS = 4 * 3600;

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
  return wholeWaveform(() => streamAudio(bytes, source, options));
}

/** What `decodeAudio` decodes, piece by piece and with its channels apart. Throws the same, from here or from the pieces. */
export async function streamAudio(
  bytes: Uint8Array,
  source: string,
  options: DecodeOptions = {},
): Promise<AudioStream> {
  options.signal?.throwIfAborted();
  if (bytes.length === 0) throw new DataError(source, `${source}: is empty (0 bytes), expected an audio file.`);
  const format = sniffFormat(bytes);
  if (format === undefined) {
    const advice = isOtherMedia(bytes)
      ? 'Convert it to one of these (flac loses nothing), choose the decoder ffmpeg, or leave it out'
      : 'Get it again, or leave it out';
    throw new DataError(
      source,
      `${source}: expected mp3, flac, ogg (Vorbis or FLAC), wav or au audio, but the file is ${describeContent(bytes)}. ${advice}.`,
    );
  }
  const decode = COMPRESSED[format];
  if (decode === undefined) {
    const read = (start: number, length: number) => bytes.subarray(start, start + length);
    return streamPcm(bytes, bytes.length, (layout) => decodePcm(read, layout), source, options);
  }
  const { maxSeconds = FOUR_HOURS, signal } = options;
  return streamOf(decode(bytes, source, maxSeconds), source, { maxSeconds, signal }, refusal(source, format));
}

/**
 * The audio of an uncompressed file of `size` bytes whose beginning has its header; `decode` decodes what is laid out so in it. Throws as
 * `streamAudio` does.
 */
export async function streamPcm(
  beginning: Uint8Array,
  size: number,
  decode: (layout: PcmLayout) => AsyncGenerator<DecodedPiece>,
  source: string,
  { maxSeconds = FOUR_HOURS, signal }: DecodeOptions,
): Promise<AudioStream> {
  const format = sniffFormat(beginning)!;
  const layout = UNCOMPRESSED[format]!(beginning, source, size);
  checkHeader(layout, source, maxSeconds);
  if (layout.samples === 0) throw new DataError(source, `${source}: holds no audio, only a header.`);
  return streamOf(decode(layout), source, { maxSeconds, signal }, refusal(source, format));
}

/** Whether a file that begins so is uncompressed: it need not be in memory as a whole. */
export function isPcm(beginning: Uint8Array): boolean {
  const format = sniffFormat(beginning);
  return format !== undefined && UNCOMPRESSED[format] !== undefined;
}

/** What is thrown in place of an error of a decoder. */
function refusal(source: string, format: AudioFormat): (error: unknown) => unknown {
  return (error) =>
    error instanceof RefrainError
      ? error
      : new DataError(source, `${source}: can't be decoded as ${format}: ${messageOf(error)}.`, { cause: error });
}
