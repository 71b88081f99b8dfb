import { refusal } from '@refrain/core';
import { viewOf } from './bytes.ts';
import type { DecodedPiece } from './pieces.ts';

/** How one sample is written. 24 bits and more are signed; `uint8` has its zero at 128. */
export type PcmEncoding = 'uint8' | 'int8' | 'int16' | 'int24' | 'int32' | 'float32' | 'float64' | 'mu-law';

/** Where the samples of an uncompressed file are and how they are written. */
export interface PcmLayout {
  readonly encoding: PcmEncoding;
  readonly littleEndian: boolean;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Byte offset of the first sample; channels are interleaved. */
  readonly start: number;
  /** Samples per channel, all of them inside the file. */
  readonly samples: number;
}

/** Samples per channel decoded at once: a megabyte or two. */
const FRAMES_PER_PIECE = 131_072;

interface SampleReader {
  readonly width: number;
  read(view: DataView, offset: number, littleEndian: boolean): number;
}

// Integers are divided by 2^(bits−1), as ffmpeg does: −1 is reached, +1 is not.
const READERS: Readonly<Record<PcmEncoding, SampleReader>> = {
  uint8: { width: 1, read: (view, offset) => (view.getUint8(offset) - 128) / 128 },
  int8: { width: 1, read: (view, offset) => view.getInt8(offset) / 128 },
  int16: { width: 2, read: (view, offset, little) => view.getInt16(offset, little) / 32_768 },
  int24: { width: 3, read: (view, offset, little) => int24(view, offset, little) / 8_388_608 },
  int32: { width: 4, read: (view, offset, little) => view.getInt32(offset, little) / 2_147_483_648 },
  float32: { width: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  float64: { width: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
  'mu-law': { width: 1, read: (view, offset) => muLaw(view.getUint8(offset)) / 32_768 },
};

/** Bytes of one sample of one channel. */
export function sampleWidth(encoding: PcmEncoding): number {
  return READERS[encoding].width;
}

/** What gives `length` bytes of a file from `start` on, or fewer at its end. */
export type ByteReader = (start: number, length: number) => Uint8Array | Promise<Uint8Array>;

/** The audio that is laid out so in what `read` reads; it ends where the bytes do. */
export async function* decodePcm(read: ByteReader, layout: PcmLayout): AsyncGenerator<DecodedPiece> {
  const { encoding, channels, sampleRate, start, samples } = layout;
  const frame = sampleWidth(encoding) * channels;
  for (let first = 0; first < samples; first += FRAMES_PER_PIECE) {
    const count = Math.min(FRAMES_PER_PIECE, samples - first);
    const bytes = await read(start + first * frame, count * frame);
    const samplesDecoded = Math.floor(bytes.length / frame);
    yield { channelData: deinterleaved(bytes, layout, samplesDecoded), samplesDecoded, sampleRate, errors: [] };
    if (samplesDecoded < count) return;
  }
}

function deinterleaved(bytes: Uint8Array, layout: PcmLayout, samples: number): Float32Array[] {
  const { encoding, littleEndian, channels } = layout;
  const { width, read } = READERS[encoding];
  const view = viewOf(bytes);
  return Array.from({ length: channels }, (_, channel) => {
    const data = new Float32Array(samples);
    for (let i = 0, at = channel * width; i < samples; i++, at += channels * width)
      data[i] = read(view, at, littleEndian);
    return data;
  });
}

function int24(view: DataView, offset: number, littleEndian: boolean): number {
  return littleEndian
    ? (view.getInt8(offset + 2) << 16) | view.getUint16(offset, true)
    : (view.getInt8(offset) << 16) | view.getUint16(offset + 1, false);
}

/** ITU-T G.711, µ-law, on the scale of 16 bits: sign, 3 bits of exponent, 4 of mantissa, all inverted. */
function muLaw(code: number): number {
  const bits = ~code & 0xff;
  const exponent = (bits >> 4) & 7;
  const magnitude = ((((bits & 15) << 3) + 132) << exponent) - 132;
  return bits & 0x80 ? -magnitude : magnitude;
}

// The encodings of Sun's audio(4) header, by number.
const ENCODINGS: Readonly<Record<number, PcmEncoding>> = {
  1: 'mu-law',
  2: 'int8',
  3: 'int16',
  4: 'int24',
  5: 'int32',
  6: 'float32',
  7: 'float64',
};

const HEADER_LENGTH = 24;

/**
 * Where the samples of an au file of `size` bytes are, of which `bytes` are the first. A data size that is unknown (0xFFFFFFFF) or beyond the end means all there is.
 * Throws a DataError for a header that is cut off or an encoding other than µ-law, linear and float.
 */
export function auLayout(bytes: Uint8Array, source: string, size = bytes.length): PcmLayout {
  if (bytes.length < HEADER_LENGTH) throw refusal(source, 'its au header is cut off.');
  const view = viewOf(bytes);
  const field = (index: number) => view.getUint32(index * 4, false);
  const [start, dataSize, number, sampleRate, channels] = [field(1), field(2), field(3), field(4), field(5)];
  const encoding = ENCODINGS[number];
  if (encoding === undefined)
    throw refusal(
      source,
      `au encoding ${number} is not read, only 1 (µ-law), 2–5 (linear) and 6–7 (float). Convert it to wav or flac.`,
    );
  const available = Math.max(0, size - start);
  const frameSize = sampleWidth(encoding) * channels;
  const samples = frameSize === 0 ? 0 : Math.floor(Math.min(dataSize, available) / frameSize);
  return { encoding, littleEndian: false, sampleRate, channels, start, samples };
}
