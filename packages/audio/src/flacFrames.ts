/** What a frame says about its samples; 0 where it leaves that to the header of the file. */
interface FlacKind {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
}

/** A frame of a FLAC stream: bytes `start … end − 1`. */
export interface FlacFrame extends FlacKind {
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
export function* flacFrames(bytes: Uint8Array, expected: number, from = expected): Generator<FlacFrame> {
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
