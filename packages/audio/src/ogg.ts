import { refusal } from '@refrain/core';
import { joinBytes, textAt, viewOf } from './bytes.ts';
import { decodeFlac } from './flac.ts';
import { changeError, type DecodedPiece } from './pieces.ts';

/** A page of an Ogg file (RFC 3533, section 6). */
interface OggPage {
  /** Byte offset of its header. */
  readonly start: number;
  /** Byte offset of the first byte after its header. */
  readonly body: number;
  /** Byte offset of the first byte after it. */
  readonly end: number;
  /** Tells the streams apart that share a file. */
  readonly serial: number;
  /** Counts the pages of a stream. */
  readonly sequence: number;
  /** Whether it starts with the rest of a packet. */
  readonly continued: boolean;
  readonly firstOfStream: boolean;
  /** For Vorbis: samples finished by the end of this page; −1 when no packet ends in it. */
  readonly granule: number;
}

/** One stream of a file. */
export interface OggStream {
  /** `Vorbis`, `Opus`, …; `unknown` where it is none of the usual ones. */
  readonly codec: string;
  /** Whether the codec is one for sound. */
  readonly isAudio: boolean;
  readonly pages: readonly OggPage[];
}

/** The packets that end in a page, whole. */
interface OggPackets {
  readonly granule: number;
  readonly packets: readonly Uint8Array[];
}

// In a page header: where its fields are, and the flags.
const FLAGS_OFFSET = 5;
const CONTINUED_PACKET = 1;
const FIRST_PAGE = 2;
const CHECKSUM_OFFSET = 22;
const HEADER_LENGTH = 27;

/** A length in a page's table that says that the packet goes on. */
const GOES_ON = 255;

/** Bytes before `fLaC` in the first packet of FLAC in Ogg (xiph.org/flac, Ogg FLAC mapping). */
const FLAC_MAPPING_LENGTH = 9;

// By the beginnings of their first packets (Xiph.Org wiki, MIMETypesCodecs; OGM: Vorbis and Theora's predecessors in DirectShow).
const CODECS: readonly { readonly mark: string; readonly codec: string; readonly isAudio: boolean }[] = [
  { mark: '\x01vorbis', codec: 'Vorbis', isAudio: true },
  { mark: 'OpusHead', codec: 'Opus', isAudio: true },
  { mark: '\x7fFLAC', codec: 'FLAC', isAudio: true },
  { mark: 'Speex   ', codec: 'Speex', isAudio: true },
  { mark: 'CELT    ', codec: 'CELT', isAudio: true },
  { mark: 'PCM     ', codec: 'PCM', isAudio: true },
  { mark: '\x01audio', codec: 'OGM audio', isAudio: true },
  { mark: '\x80theora', codec: 'Theora video', isAudio: false },
  { mark: 'BBCD\0', codec: 'Dirac video', isAudio: false },
  { mark: '\x01video', codec: 'OGM video', isAudio: false },
  { mark: '\x80kate', codec: 'Kate text', isAudio: false },
  { mark: 'CMML', codec: 'CMML text', isAudio: false },
  { mark: 'fishead\0', codec: 'Skeleton', isAudio: false },
];

/**
 * The whole pages of a file whose checksum is right. Everything else is passed over, as libogg does: a damaged page of Vorbis would decode
 * to noise.
 */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  const view = viewOf(bytes);
  for (let start = findPage(bytes, 0); start !== undefined; ) {
    const body = start + HEADER_LENGTH + bytes[start + HEADER_LENGTH - 1]!;
    const end = bytes.subarray(start + HEADER_LENGTH, body).reduce((sum, length) => sum + length, body);
    const isWhole =
      end <= bytes.length && pageChecksum(bytes, start, end) === view.getUint32(start + CHECKSUM_OFFSET, true);
    if (isWhole) {
      const flags = bytes[start + FLAGS_OFFSET]!;
      yield {
        start,
        body,
        end,
        serial: view.getUint32(start + 14, true),
        sequence: view.getUint32(start + 18, true),
        continued: (flags & CONTINUED_PACKET) !== 0,
        firstOfStream: (flags & FIRST_PAGE) !== 0,
        granule: Number(view.getBigInt64(start + 6, true)),
      };
    }
    start = findPage(bytes, isWhole ? end : start + 1);
  }
}

/**
 * The streams of a file: those that run side by side ("multiplexed") together, in the order of their first pages, and groups of them one after
 * another ("chained"). Pages of streams without a first page are left out.
 */
export function oggLinks(bytes: Uint8Array): OggStream[][] {
  const links: OggStream[][] = [];
  const pagesBySerial = new Map<number, OggPage[]>();
  let inFirstPages = false;
  for (const page of oggPages(bytes)) {
    if (page.firstOfStream) {
      // The first pages of all streams of a link stand before any other page of it.
      if (!inFirstPages) links.push([]);
      const pages = [page];
      links.at(-1)!.push({ ...codecOf(bytes, page), pages });
      pagesBySerial.set(page.serial, pages);
    } else {
      pagesBySerial.get(page.serial)?.push(page);
    }
    inFirstPages = page.firstOfStream;
  }
  return links;
}

/**
 * The streams of one codec that follow each other in an Ogg file; pictures, texts and indexes beside them are passed over. Throws a DataError
 * for a second audio stream beside the first, and where another codec follows.
 */
export function audioStreams(bytes: Uint8Array, source: string, codec: string): OggStream[] {
  const chosen: OggStream[] = [];
  for (const link of oggLinks(bytes)) {
    const audio = link.filter(({ isAudio }) => isAudio);
    if (audio.length > 1) {
      const names = audio.map((stream) => stream.codec).join(' and ');
      throw refusal(source, `holds ${audio.length} audio streams side by side (${names}). Split it.`);
    }
    // Of what is not known it might be audio.
    const stream = audio[0] ?? link.find((other) => other.codec === 'unknown');
    if (stream === undefined) continue;
    if (stream.codec !== codec) throw changeError(source, 'codec', codec, stream.codec);
    chosen.push(stream);
  }
  return chosen;
}

/** FLAC in Ogg, chained streams one after another. */
export async function* decodeOggFlac(
  bytes: Uint8Array,
  source: string,
  maxSeconds: number,
): AsyncGenerator<DecodedPiece> {
  for (const stream of audioStreams(bytes, source, 'FLAC')) {
    const packets = [...oggPackets(bytes, stream.pages)].flatMap((page) => page.packets);
    yield* decodeFlac(joinBytes(packets).subarray(FLAC_MAPPING_LENGTH), source, maxSeconds);
  }
}

/** The codec of the first audio stream that starts with an Ogg file, or what else is there; `unknown` where there is neither. */
export function oggCodec(bytes: Uint8Array): string {
  const found: ReturnType<typeof codecOf>[] = [];
  for (const page of oggPages(bytes)) {
    if (!page.firstOfStream) break;
    found.push(codecOf(bytes, page));
  }
  const stream = found.find(({ isAudio }) => isAudio) ?? found.find(({ codec }) => codec !== 'Skeleton');
  return stream?.codec ?? 'unknown';
}

/** The packets of a stream, page by page. Packets of which a page is missing are left out: their rest would decode to noise. */
export function* oggPackets(bytes: Uint8Array, pages: readonly OggPage[]): Generator<OggPackets> {
  // The beginning of a packet that goes on in the next page; undefined where there is none.
  let open: Uint8Array | undefined;
  let sequence = -1;
  for (const page of pages) {
    const packets: Uint8Array[] = [];
    let known = !page.continued || (open !== undefined && page.sequence === sequence + 1);
    let begun = page.continued ? open : undefined;
    let [start, end] = [page.body, page.body];
    for (const length of bytes.subarray(page.start + HEADER_LENGTH, page.body)) {
      end += length;
      if (length === GOES_ON) continue;
      if (known) packets.push(joined(begun, bytes.subarray(start, end)));
      known = true;
      begun = undefined;
      start = end;
    }
    open = known && start < end ? joined(begun, bytes.subarray(start, end)) : undefined;
    sequence = page.sequence;
    yield { granule: page.granule, packets };
  }
}

function joined(begun: Uint8Array | undefined, rest: Uint8Array): Uint8Array {
  return begun === undefined ? rest : joinBytes([begun, rest]);
}

function codecOf(bytes: Uint8Array, page: OggPage): { readonly codec: string; readonly isAudio: boolean } {
  const known = CODECS.find(({ mark }) => textAt(bytes, page.body, mark.length) === mark);
  return { codec: known?.codec ?? 'unknown', isAudio: known?.isAudio ?? false };
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
