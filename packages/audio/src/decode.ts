import { type Abortable, DataError, messageOf, RefrainError, type Waveform } from '@refrain/core';
import { auLayout } from './au.ts';
import { decodeFlac, decodeMp3, decodeVorbis, mixPieces, type PieceDecoder } from './compressed.ts';
import { decodePcm, type PcmLayout } from './pcm.ts';
import { type AudioFormat, describeContent, isOtherMedia, sniffFormat } from './sniff.ts';
import { wavLayout } from './wav.ts';
import { checkHeader, checkWaveform } from './waveformChecks.ts';

export interface DecodeOptions extends Abortable {
  /** Longer audio is refused, as far as possible before it is decoded. Default 4 hours. */
  readonly maxSeconds?: number;
}

const FOUR_HOURS = 4 * 3600;

type Decoder = (bytes: Uint8Array, source: string, limits: Required<DecodeOptions>) => Promise<Waveform>;

const DECODERS: Readonly<Record<AudioFormat, Decoder>> = {
  mp3: compressed(decodeMp3),
  flac: compressed(decodeFlac),
  'ogg-vorbis': compressed(decodeVorbis),
  wav: uncompressed(wavLayout),
  au: uncompressed(auLayout),
};

/**
 * The audio in the bytes of a file, at its own sample rate, as the mean of its channels. The format is told by the content.
 * Integers are scaled by 2^(bits−1); lossy formats may overshoot ±1 a little. A file that is cut off decodes to what is there, and damaged
 * frames are left out. The result depends on the bytes alone; calls may run at the same time.
 *
 * Throws a DataError that names `source` when the bytes are of no format we decode, hold no audio, claim a rate outside 4,000–384,000 Hz,
 * more than 64 channels or too long a duration, or decode to samples that are not finite or beyond ±4.
 */
export async function decodeAudio(bytes: Uint8Array, source: string, options: DecodeOptions = {}): Promise<Waveform> {
  const { maxSeconds = FOUR_HOURS, signal } = options;
  signal?.throwIfAborted();
  if (bytes.length === 0) throw new DataError(source, `${source}: is empty (0 bytes), expected an audio file.`);
  const format = sniffFormat(bytes);
  if (format === undefined) {
    const advice = isOtherMedia(bytes)
      ? 'Convert it to one of these (flac loses nothing), choose the decoder ffmpeg, or leave it out'
      : 'Get it again, or leave it out';
    throw new DataError(
      source,
      `${source}: expected mp3, flac, ogg-vorbis, wav or au audio, but the file is ${describeContent(bytes)}. ${advice}.`,
    );
  }
  try {
    return checkWaveform(await DECODERS[format](bytes, source, { maxSeconds, signal }), source);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RefrainError) throw error;
    throw new DataError(source, `${source}: can't be decoded as ${format}: ${messageOf(error)}.`, { cause: error });
  }
}

function compressed(decode: PieceDecoder): Decoder {
  return (bytes, source, limits) => mixPieces(decode(bytes, source, limits.maxSeconds), source, limits);
}

function uncompressed(layoutOf: (bytes: Uint8Array, source: string) => PcmLayout): Decoder {
  return async (bytes, source, { maxSeconds }) => {
    const layout = layoutOf(bytes, source);
    checkHeader(layout, source, maxSeconds);
    return decodePcm(bytes, layout);
  };
}
