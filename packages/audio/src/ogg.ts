import { textAt, viewOf } from './bytes.ts';
import type { AudioHeader } from './waveformChecks.ts';

/** A page of an Ogg stream (RFC 3533, section 6). */
export interface OggPage {
  /** Byte offset of its header. */
  readonly start: number;
  /** Byte offset of the first byte after it. */
  readonly end: number;
  readonly firstOfStream: boolean;
  /** For Vorbis: samples finished by the end of this page; −1 when no packet ends in it. */
  readonly granule: number;
}

/** One Vorbis stream of a file; a file may hold several, one after another ("chained"). */
export interface VorbisLink {
  readonly pages: readonly OggPage[];
  /** Samples per channel it should decode to, by its last page. */
  readonly samples: number;
}

// In a page header: where the flags and the checksum are, and the flags of a stream's first and last page.
const FLAGS_OFFSET = 5;
const FIRST_PAGE = 2;
const LAST_PAGE = 4;
const CHECKSUM_OFFSET = 22;
const HEADER_LENGTH = 27;

/**
 * The whole pages of a file whose checksum is right. Everything else is passed over, as libogg does: a damaged page of Vorbis would decode
 * to noise.
 */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  const view = viewOf(bytes);
  for (let start = findPage(bytes, 0); start !== undefined; ) {
    const segmentCount = bytes[start + 26]!;
    const segments = bytes.subarray(start + HEADER_LENGTH, start + HEADER_LENGTH + segmentCount);
    const end = segments.reduce((sum, length) => sum + length, start + HEADER_LENGTH + segmentCount);
    const isWhole =
      end <= bytes.length && pageChecksum(bytes, start, end) === view.getUint32(start + CHECKSUM_OFFSET, true);
    if (isWhole) {
      const firstOfStream = (bytes[start + FLAGS_OFFSET]! & FIRST_PAGE) !== 0;
      yield { start, end, firstOfStream, granule: Number(view.getBigInt64(start + 6, true)) };
    }
    start = findPage(bytes, isWhole ? end : start + 1);
  }
}

/** Splits a file into its chained streams. */
export function vorbisLinks(bytes: Uint8Array): VorbisLink[] {
  const links: { pages: OggPage[]; samples: number }[] = [];
  let inHeaders = false;
  for (const page of oggPages(bytes)) {
    if (links.length === 0 || (page.firstOfStream && !inHeaders)) links.push({ pages: [], samples: 0 });
    const link = links.at(-1)!;
    link.pages.push(page);
    if (page.granule >= 0) link.samples = page.granule;
    inHeaders = page.firstOfStream;
  }
  return links;
}

/** The bytes of some pages, one after another, none of them marked as the last of its stream. */
export function endlessPages(bytes: Uint8Array, pages: readonly OggPage[]): Uint8Array {
  const copy = new Uint8Array(pages.reduce((sum, { start, end }) => sum + end - start, 0));
  let offset = 0;
  for (const { start, end } of pages) {
    copy.set(bytes.subarray(start, end), offset);
    copy[offset + FLAGS_OFFSET]! &= ~LAST_PAGE;
    offset += end - start;
  }
  return copy;
}

/** Channels and sample rate of the Vorbis stream that starts with the page at `start` (Vorbis I specification, 4.2.2). */
export function vorbisHeader(bytes: Uint8Array, start: number): AudioHeader {
  const packet = start + HEADER_LENGTH + bytes[start + 26]!;
  if (packet + 16 > bytes.length) return { channels: 0, sampleRate: 0 };
  const view = viewOf(bytes);
  return { channels: view.getUint8(packet + 11), sampleRate: view.getUint32(packet + 12, true) };
}

/** What the first packet of an Ogg file says it holds, e.g. `Vorbis`, `Opus`; `unknown` where that is none of the usual codecs. */
export function oggCodec(bytes: Uint8Array): string {
  const packet = HEADER_LENGTH + (bytes[26] ?? 0);
  const mark = textAt(bytes, packet, 8);
  if (mark.startsWith('\x01vorbis')) return 'Vorbis';
  if (mark === 'OpusHead') return 'Opus';
  if (mark.startsWith('\x7fFLAC')) return 'FLAC in Ogg';
  if (mark.startsWith('Speex')) return 'Speex';
  if (mark.startsWith('\x80theora') || mark.startsWith('fishead')) return 'Theora video';
  return 'unknown';
}

function findPage(bytes: Uint8Array, from: number): number | undefined {
  for (let i = bytes.indexOf(0x4f, from); i >= 0 && i + HEADER_LENGTH <= bytes.length; i = bytes.indexOf(0x4f, i + 1)) {
    if (textAt(bytes, i, 5) === 'OggS\0') return i;
  }
  return undefined;
}

// The page checksum of RFC 3533: CRC-32 with polynomial 0x04c11db7, most significant bit first, from 0.
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit++) remainder = remainder < 0 ? (remainder << 1) ^ 0x04c11db7 : remainder << 1;
  return remainder;
});

/** The checksum that the page at `start … end − 1` should carry. Its own field counts as zeros. */
export function pageChecksum(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) {
    const isOwnField = i - start >= CHECKSUM_OFFSET && i - start < CHECKSUM_OFFSET + 4;
    crc = (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ (isOwnField ? 0 : bytes[i]!)) & 0xff]!;
  }
  return crc >>> 0;
}
