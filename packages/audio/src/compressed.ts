import { type FlacHeader, flacHeader } from './flacHeader.ts';
import { findMpegStream } from './mpegFrames.ts';
import type { DecodedPiece } from './pieces.ts';
import { changeError, checkHeader } from './waveformChecks.ts';

/** Decodes one file piece by piece. Every call has decoders of its own: they keep state, and a fresh one costs no more than a reset. */
export type PieceDecoder = (bytes: Uint8Array, source: string, maxSeconds: number) => AsyncGenerator<DecodedPiece>;

/** Bytes given to a decoder at once: a piece decodes to some megabytes at most. */
export const PIECE_LENGTH = 131_072;

const LAYER_NAMES = { 1: 'I', 2: 'II', 3: 'III' } as const;

/**
 * mp3 (and mp2, mp1), without the encoder's delay and padding where a LAME tag states them. Throws a DataError when the sample rate or the layer changes within the file.
 */
export async function* decodeMp3(bytes: Uint8Array, source: string, maxSeconds: number): AsyncGenerator<DecodedPiece> {
  const stream = findMpegStream(bytes);
  if (stream === undefined) return;
  const { layer, sampleRate, frames, samplesPerFrame, turnsInto, ranges, mono } = stream;
  if (turnsInto !== undefined && turnsInto.layer !== layer) {
    throw changeError(source, 'coding', `MPEG layer ${LAYER_NAMES[layer]}`, `layer ${LAYER_NAMES[turnsInto.layer]}`);
  }
  if (turnsInto !== undefined) throw changeError(source, 'sample rate', sampleRate, `${turnsInto.sampleRate} Hz`);
  checkHeader({ sampleRate, channels: 2, samples: frames * samplesPerFrame }, source, maxSeconds);
  const { MPEGDecoder } = await import('mpg123-decoder');
  const decoder = new MPEGDecoder({ enableGapless: stream.atFront });
  await decoder.ready;
  for (const { start, end } of ranges) {
    for (const piece of pieces(bytes.subarray(start, end))) yield asMono(decoder.decode(piece), mono);
  }
}

/** FLAC. Integers are scaled by 2^(bits−1), as everywhere here. Behind a damaged frame up to 512 KiB of sound ones may be passed over. */
export async function* decodeFlac(bytes: Uint8Array, source: string, maxSeconds: number): AsyncGenerator<DecodedPiece> {
  const header = flacHeader(bytes, source);
  checkHeader(header, source, maxSeconds);
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  const decoder = new FLACDecoder();
  await decoder.ready;
  if (header.frames >= bytes.length) return;
  for (const piece of pieces(bytes.subarray(header.frames))) yield asFloats(await decoder.decode(piece), header);
  yield asFloats(await decoder.flush(), header);
}

/** The decoder gives mono as two equal channels. */
function asMono(piece: DecodedPiece, mono: boolean): DecodedPiece {
  return mono ? { ...piece, channelData: piece.channelData.slice(0, 1) } : piece;
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_LENGTH) yield bytes.subarray(start, start + PIECE_LENGTH);
}

/**
 * The decoder divides by 2^(bits−1) − 1. Its floats are near enough to the integers to find them again: 24 bits of precision.
 * A frame may leave its sample rate to the file's header, which the decoder never sees.
 */
function asFloats(piece: DecodedPiece, { bits, sampleRate }: FlacHeader): DecodedPiece {
  const scale = 2 ** (bits - 1);
  const rescaled = (data: Float32Array) => data.map((value) => Math.round(value * (scale - 1)) / scale);
  return { ...piece, channelData: piece.channelData.map(rescaled), sampleRate: piece.sampleRate || sampleRate };
}
