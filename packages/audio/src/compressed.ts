import { type FlacFrame, flacFrames } from './flacFrames.ts';
import { flacHeader } from './flacHeader.ts';
import { findMpegStream } from './mpegFrames.ts';
import { audioStreams, flacOfOgg } from './oggAudio.ts';
import type { DecodedPiece } from './pieces.ts';
import { withoutTrailingTags } from './tags.ts';
import { changeError, checkHeader } from './waveformChecks.ts';

/** Decodes one file piece by piece. Every call has decoders of its own: they keep state, and a fresh one costs no more than a reset. */
export type PieceDecoder = (bytes: Uint8Array, source: string, maxSeconds: number) => AsyncGenerator<DecodedPiece>;

/** Bytes given to a decoder at once: a piece of music decodes to some megabytes at most. */
const PIECE_LENGTH = 131_072;

/** Frames of FLAC decoded at once: one of silence takes a dozen bytes, and has up to 65,535 samples. Those of music fill a piece before. */
const MOST_FRAMES = 32;

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

/** FLAC. Integers are scaled by 2^(bits−1), as everywhere here. */
export async function* decodeFlac(bytes: Uint8Array, source: string, maxSeconds: number): AsyncGenerator<DecodedPiece> {
  const header = flacHeader(bytes, source);
  checkHeader(header, source, maxSeconds);
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  const open = async () => {
    const opened = new FLACDecoder();
    await opened.ready;
    // Frames may leave their rate and their bits to it.
    await opened.decodeFrames([header.streamInfo]);
    return opened;
  };
  let decoder = await open();
  for (const frames of flacBatches(flacFrames(withoutTrailingTags(bytes), header.frames, header.infoEnd))) {
    const { isSure, bits, sampleRate } = frames[0]!;
    const decoded = await decoder.decodeFrames(frames.map(({ start, end }) => bytes.subarray(start, end)));
    yield asFloats(decoded, bits || header.bits, sampleRate || header.sampleRate);
    // What it has not used it would take for the beginning of the next one.
    if (!isSure) decoder = await open();
  }
}

/** FLAC in Ogg, chained streams one after another. */
export async function* decodeOggFlac(
  bytes: Uint8Array,
  source: string,
  maxSeconds: number,
): AsyncGenerator<DecodedPiece> {
  for (const stream of audioStreams(bytes, source, 'FLAC')) {
    yield* decodeFlac(flacOfOgg(bytes, stream), source, maxSeconds);
  }
}

/** The frames of a FLAC stream by pieces; those of a piece are of one kind, and one that is not sure is alone. */
function* flacBatches(frames: Iterable<FlacFrame>): Generator<FlacFrame[]> {
  let batch: FlacFrame[] = [];
  let length = 0;
  for (const frame of frames) {
    const [first] = batch;
    const fits =
      first === undefined ||
      (length < PIECE_LENGTH && batch.length < MOST_FRAMES && frame.isSure && isSameKind(first, frame));
    if (!fits) {
      yield batch;
      [batch, length] = [[], 0];
    }
    batch.push(frame);
    length += frame.end - frame.start;
  }
  if (batch.length > 0) yield batch;
}

function isSameKind(a: FlacFrame, b: FlacFrame): boolean {
  return a.isSure && a.bits === b.bits && a.channels === b.channels && a.sampleRate === b.sampleRate;
}

/** The decoder gives mono as two equal channels. */
function asMono(piece: DecodedPiece, mono: boolean): DecodedPiece {
  return mono ? { ...piece, channelData: piece.channelData.slice(0, 1) } : piece;
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_LENGTH) yield bytes.subarray(start, start + PIECE_LENGTH);
}

/** The decoder divides by 2^(bits−1) − 1. Its floats are near enough to the integers to find them again: 24 bits of precision. */
function asFloats(piece: DecodedPiece, bits: number, sampleRate: number): DecodedPiece {
  const scale = 2 ** (bits - 1);
  const rescaled = (data: Float32Array) => data.map((value) => Math.round(value * (scale - 1)) / scale);
  return { ...piece, channelData: piece.channelData.map(rescaled), sampleRate };
}
