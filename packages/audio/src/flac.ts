import { refusal } from '@refrain/core';
import { joinBytes, viewOf } from './bytes.ts';
import { type AudioHeader, checkHeader, type DecodedPiece, PIECE_LENGTH } from './pieces.ts';
import { offsetAfterTags, withoutTrailingTags } from './tags.ts';

/** Frames of FLAC decoded at once: one of silence takes a dozen bytes, and has up to 65,535 samples. Those of music fill a piece before. */
const MOST_FRAMES = 32;

const MARK_LENGTH = 4;
const BLOCK_HEADER_LENGTH = 4;
const STREAM_INFO_LENGTH = 34;

/** The mark, and the header of a last metadata block that holds the stream info. */
const STREAM_INFO_START = Uint8Array.from([...Buffer.from('fLaC', 'latin1'), 0x80, 0, 0, STREAM_INFO_LENGTH]);

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

/** The decoder divides by 2^(bits−1) − 1. Its floats are near enough to the integers to find them again: 24 bits of precision. */
function asFloats(piece: DecodedPiece, bits: number, sampleRate: number): DecodedPiece {
  const scale = 2 ** (bits - 1);
  const rescaled = (data: Float32Array) => data.map((value) => Math.round(value * (scale - 1)) / scale);
  return { ...piece, channelData: piece.channelData.map(rescaled), sampleRate };
}

/** What a FLAC file says about its audio, and where its frames are. */
interface FlacHeader extends AudioHeader {
  /** Bits per sample, 4–32. */
  readonly bits: number;
  /** Byte offset of the first frame, if the lengths of the metadata blocks are right. */
  readonly frames: number;
  /** Byte offset of what follows the stream info. */
  readonly infoEnd: number;
  /** The smallest FLAC file with this header and no frame. */
  readonly streamInfo: Uint8Array;
}

/** Reads the metadata blocks of a FLAC file, behind tags or not (RFC 9639, section 8). Throws a DataError when they are cut off. */
function flacHeader(bytes: Uint8Array, source: string): FlacHeader {
  const info = offsetAfterTags(bytes) + MARK_LENGTH + BLOCK_HEADER_LENGTH;
  if (info + STREAM_INFO_LENGTH > bytes.length) throw refusal(source, 'its FLAC header is cut off.');
  const view = viewOf(bytes);
  const packed = view.getUint32(info + 10, false);
  const sampleRate = packed >>> 12;
  const channels = ((packed >>> 9) & 7) + 1;
  const bits = ((packed >>> 4) & 31) + 1;
  const samples = (view.getUint8(info + 13) & 15) * 2 ** 32 + view.getUint32(info + 14, false);
  let frames = info - BLOCK_HEADER_LENGTH;
  for (let isLast = false; !isLast && frames + BLOCK_HEADER_LENGTH <= bytes.length; ) {
    const header = view.getUint32(frames, false);
    isLast = header >>> 31 === 1;
    frames += BLOCK_HEADER_LENGTH + (header & 0xffffff);
  }
  const streamInfo = joinBytes([STREAM_INFO_START, bytes.subarray(info, info + STREAM_INFO_LENGTH)]);
  const header = { sampleRate, channels, bits, frames, infoEnd: info + STREAM_INFO_LENGTH, streamInfo };
  // 0 samples means that the encoder did not know.
  return samples === 0 ? header : { ...header, samples };
}

/** What a frame says about its samples; 0 where it leaves that to the header of the file. */
interface FlacKind {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
}

/** A frame of a FLAC stream: bytes `start … end − 1`. */
interface FlacFrame extends FlacKind {
  readonly start: number;
  readonly end: number;
  /** Whether it ends there for sure. Otherwise foreign bytes may be at its end, or it may be a damaged one. */
  readonly isSure: boolean;
}

const RATES = [0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
const BITS = [0, 8, 12, undefined, 16, 20, 24, 32];
const MOST_CHANNEL_CODE = 10;

/** Headers that are passed in search of the end of a frame: real ones within it are one in a million bytes. */
const HEADERS_PASSED = 8;

// What may stand behind a frame: a FLAC file behind another one, and tags.
const MARKS = ['fLaC', 'ID3', 'TAG', 'APETAGEX'].map((mark) => [...Buffer.from(mark, 'latin1')]);

/**
 * The frames of a FLAC stream (RFC 9639, section 9) whose metadata ends at `expected`, or somewhere behind `from` where that is wrong. A frame is
 * believed by its two checksums, and ends where the next header, the next file, a tag or the bytes do; everything else is passed over.
 */
function* flacFrames(bytes: Uint8Array, expected: number, from = expected): Generator<FlacFrame> {
  const first = headerAt(bytes, expected) === undefined ? findHeader(bytes, from) : expected;
  for (let start = first; start !== undefined; ) {
    const found = frameEnd(bytes, start);
    if (found !== undefined) yield { start, ...found, ...headerAt(bytes, start)! };
    start = findHeader(bytes, found?.end ?? start + 1);
  }
}

/** Where the frame ends whose header is at `start`; undefined where it is damaged or cut off. */
function frameEnd(bytes: Uint8Array, start: number): Pick<FlacFrame, 'end' | 'isSure'> | undefined {
  let crc = 0;
  let headers = 0;
  // Where the first header follows after the checksum was right with something else behind it.
  let unsure: number | undefined;
  let wasRight = false;
  for (let i = start; i < bytes.length; i++) {
    if (i > start) {
      // With its own checksum behind it, what is checked gives 0.
      if (crc === 0 && isBoundary(bytes, i)) return { end: i, isSure: true };
      if (headerAt(bytes, i) !== undefined) {
        if (wasRight && headers === 0) unsure = i;
        if (++headers > HEADERS_PASSED) break;
      }
      wasRight ||= crc === 0;
    }
    crc = ((crc << 8) & 0xffff) ^ CRC16_TABLE[(crc >>> 8) ^ bytes[i]!]!;
  }
  if (crc === 0 && headers <= HEADERS_PASSED) return { end: bytes.length, isSure: true };
  if (wasRight && headers === 0) unsure = bytes.length;
  return unsure === undefined ? undefined : { end: unsure, isSure: false };
}

function isBoundary(bytes: Uint8Array, offset: number): boolean {
  return (
    headerAt(bytes, offset) !== undefined || MARKS.some((mark) => mark.every((byte, i) => bytes[offset + i] === byte))
  );
}

function findHeader(bytes: Uint8Array, from: number): number | undefined {
  for (let i = bytes.indexOf(0xff, from); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
    if (headerAt(bytes, i) !== undefined) return i;
  }
  return undefined;
}

/** The frame header at `offset`; undefined where there is none. */
function headerAt(bytes: Uint8Array, offset: number): FlacKind | undefined {
  if (bytes[offset] !== 0xff || (bytes[offset + 1]! & 0xfe) !== 0xf8) return undefined;
  const [sizes, format] = [bytes[offset + 2]!, bytes[offset + 3]!];
  const [blockCode, rateCode, channelCode] = [sizes >> 4, sizes & 15, format >> 4];
  const bits = BITS[(format >> 1) & 7];
  if (blockCode === 0 || rateCode === 15 || channelCode > MOST_CHANNEL_CODE || bits === undefined || format & 1)
    return undefined;
  // The number of the frame is written as UTF-8 would be.
  const blockAt = offset + 4 + (Math.clz32(~bytes[offset + 4]! << 24) || 1);
  const rateAt = blockAt + (blockCode === 6 ? 1 : blockCode === 7 ? 2 : 0);
  const end = rateAt + (rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0);
  if (end >= bytes.length || crc8(bytes, offset, end) !== bytes[end]) return undefined;
  const sampleRate = RATES[rateCode] ?? writtenRate(bytes, rateAt, rateCode);
  return { sampleRate, channels: channelCode < 8 ? channelCode + 1 : 2, bits };
}

/** The sample rate where the header has it in kHz, Hz or tens of Hz. */
function writtenRate(bytes: Uint8Array, at: number, code: number): number {
  if (code === 12) return bytes[at]! * 1000;
  return ((bytes[at]! << 8) | bytes[at + 1]!) * (code === 13 ? 1 : 10);
}

// The checksums of RFC 9639, 9.1.8 and 9.3: polynomials 0x07 and 0x8005, most significant bit first, from 0.
const CRC8_TABLE = crcTable(8, 0x07);
const CRC16_TABLE = crcTable(16, 0x8005);

function crc8(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = CRC8_TABLE[crc ^ bytes[i]!]!;
  return crc;
}

function crcTable(width: 8 | 16, polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ ((remainder >> (width - 1)) & 1 ? polynomial : 0);
    return remainder & (2 ** width - 1);
  });
}
