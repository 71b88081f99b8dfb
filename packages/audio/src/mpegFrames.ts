import { offsetAfterId3v2, withoutId3v1 } from './id3.ts';

/** Bytes `start … end − 1`. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The frames of an MPEG audio layer III stream. */
export interface MpegStream {
  /** Runs of whole frames, ascending; one run in an undamaged file. Only the last frame may be cut off. */
  readonly ranges: readonly ByteRange[];
  readonly frames: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Per channel: 1152, or 576 at 24 kHz and below. */
  readonly samplesPerFrame: number;
}

interface FrameHeader {
  /** Bytes to the next header. */
  readonly length: number;
  readonly sampleRate: number;
  readonly samplesPerFrame: number;
}

// ISO/IEC 11172-3, 2.4.2.3 and ISO/IEC 13818-3: layer III, kbit/s by bitrate index 1 … 14.
const KBITS_MPEG1 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBITS_MPEG2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_MPEG1 = [44_100, 48_000, 32_000];

/** How far into a file without a tag the first frame may lie: a cut out of a stream starts in mid-frame. */
const SEARCH_LENGTH = 65_536;

/**
 * The frames of an mp3 file, or undefined where there is no such stream. Frames are believed by their chain, each header being where
 * the one before said: two in a row at the start of the audio, three where they have to be searched. Tags, holes and foreign bytes
 * between frames belong to no range, nor do frames of another sample rate than the first.
 */
export function findMpegStream(file: Uint8Array): MpegStream | undefined {
  const bytes = withoutId3v1(file);
  const origin = offsetAfterId3v2(bytes);
  const first = isChain(bytes, origin, 2) ? origin : findChain(bytes, origin, origin + SEARCH_LENGTH, 3);
  if (first === undefined) return undefined;
  const { sampleRate, samplesPerFrame } = headerAt(bytes, first)!;
  const ranges: ByteRange[] = [];
  let frames = 0;
  for (let start: number | undefined = first; start !== undefined; ) {
    let end = start;
    for (let header = headerAt(bytes, end); header?.sampleRate === sampleRate; header = headerAt(bytes, end)) {
      end += header.length;
      frames++;
    }
    ranges.push({ start, end: Math.min(end, bytes.length) });
    start = findChain(bytes, end, bytes.length, 2, sampleRate);
  }
  return { ranges, frames, sampleRate, samplesPerFrame };
}

function findChain(bytes: Uint8Array, from: number, to: number, count: number, rate?: number): number | undefined {
  const last = Math.min(to, bytes.length);
  for (let i = bytes.indexOf(0xff, from); i >= 0 && i < last; i = bytes.indexOf(0xff, i + 1)) {
    if (isChain(bytes, i, count, rate)) return i;
  }
  return undefined;
}

function isChain(
  bytes: Uint8Array,
  offset: number,
  count: number,
  rate = headerAt(bytes, offset)?.sampleRate,
): boolean {
  for (let i = 0, at = offset; i < count; i++) {
    const header = headerAt(bytes, at);
    if (header === undefined || header.sampleRate !== rate) return false;
    at += header.length;
  }
  return true;
}

/** The layer III header at `offset`. Streams without a stated bit rate ("free format") are not read. */
function headerAt(bytes: Uint8Array, offset: number): FrameHeader | undefined {
  if (bytes[offset] !== 0xff || offset + 4 > bytes.length) return undefined;
  const [second, third] = [bytes[offset + 1]!, bytes[offset + 2]!];
  const version = (second >> 3) & 3;
  const isLayer3 = (second & 0xe6) === 0xe2;
  const bitrateIndex = third >> 4;
  const rateIndex = (third >> 2) & 3;
  if (!isLayer3 || version === 1 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3) return undefined;
  const isMpeg1 = version === 3;
  const sampleRate = RATES_MPEG1[rateIndex]! / (isMpeg1 ? 1 : version === 2 ? 2 : 4);
  const kbits = (isMpeg1 ? KBITS_MPEG1 : KBITS_MPEG2)[bitrateIndex - 1]!;
  const samplesPerFrame = isMpeg1 ? 1152 : 576;
  const padding = (third >> 1) & 1;
  return { length: Math.floor((samplesPerFrame * kbits * 125) / sampleRate) + padding, sampleRate, samplesPerFrame };
}
