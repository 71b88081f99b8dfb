import { joinBytes, viewOf } from './bytes.ts';
import { audioStreams, type OggStream, oggPackets } from './ogg.ts';
import { type AudioHeader, checkHeader, type DecodedPiece } from './pieces.ts';

/** An Ogg page made of whole packets. */
interface PacketPage {
  readonly bytes: Uint8Array;
  /** Samples of the stream that are finished by its end; −1 or 0 where that is not told. */
  readonly granule: number;
}

/** The longest block of Vorbis: the end of a stream is cut by less (Vorbis I specification, 4.2.2 and A.2). */
const LONGEST_VORBIS_BLOCK = 8_192;

const HEADER_LENGTH = 27;
const MOST_SEGMENTS = 255;
const LONGEST_SEGMENT = 255;

/**
 * Vorbis in Ogg, chained streams one after another. A stream that was cut out of another one may count its samples from anywhere; its beginning
 * and its end are cut to what its first and last page count, as libvorbis does (Vorbis I specification, A.2).
 */
export async function* decodeVorbis(
  bytes: Uint8Array,
  source: string,
  maxSeconds: number,
): AsyncGenerator<DecodedPiece> {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  for (const stream of audioStreams(bytes, source, 'Vorbis')) {
    checkHeader(vorbisHeader(bytes, stream), source, maxSeconds);
    // Opened with the first page, so that every decoder yields a piece: between pieces the work can be stopped.
    let decoder: InstanceType<typeof OggVorbisDecoder> | undefined;
    yield* cutToGranules(vorbisPages(bytes, stream), async (page) => {
      decoder ??= new OggVorbisDecoder();
      await decoder.ready;
      // The parser waits for a byte behind a page, and passes over it when the next one comes.
      return decoder.decode(joinBytes([page, Uint8Array.of(0)]));
    });
  }
}

/** The decoded pages of a Vorbis stream, without what its beginning and end have beyond the counts of its pages. */
async function* cutToGranules(
  pages: Iterable<PacketPage>,
  decode: (page: Uint8Array) => Promise<DecodedPiece>,
): AsyncGenerator<DecodedPiece> {
  const held: DecodedPiece[] = [];
  let [samples, counted] = [0, 0];
  // How far the count of the last page is ahead of the samples, and the least of that in the pages before it: encoders err to more.
  let [ahead, least] = [0, Number.POSITIVE_INFINITY];
  for (const { bytes, granule } of pages) {
    held.push(await decode(bytes));
    samples += held.at(-1)!.samplesDecoded;
    if (granule > 0) {
      if (counted > 0) least = Math.min(least, ahead);
      ahead = granule - samples;
      counted++;
      const surplus = counted === 2 ? -Math.max(least, ahead) : 0;
      if (surplus > 0 && surplus <= LONGEST_VORBIS_BLOCK) {
        cut(held, surplus, 'start');
        samples -= surplus;
        ahead += surplus;
        least += surplus;
      }
    }
    while (counted > 1 && total(held.slice(1)) >= LONGEST_VORBIS_BLOCK) yield held.shift()!;
  }
  // Streams that were cut out of others count from far away. With one page alone it is the end that is too long.
  const isFromElsewhere = counted > 1 && Math.abs(least) > LONGEST_VORBIS_BLOCK;
  const excess = (isFromElsewhere ? least : 0) - ahead;
  // More than a block is no surplus but a wrong count.
  if (counted > 0 && excess <= LONGEST_VORBIS_BLOCK) cut(held, excess, 'end');
  yield* held;
}

/** Channels and sample rate of a Vorbis stream (Vorbis I specification, 4.2.2). */
function vorbisHeader(bytes: Uint8Array, { pages }: OggStream): AudioHeader {
  const packet = pages[0]!.body;
  if (packet + 16 > bytes.length) return { channels: 0, sampleRate: 0 };
  const view = viewOf(bytes);
  return { channels: view.getUint8(packet + 11), sampleRate: view.getUint32(packet + 12, true) };
}

/**
 * The packets of a Vorbis stream on pages of their own, one for each page of the file that ends any. The decoder gets none that is damaged, cut
 * or of another stream, no comments, which may hold pictures, and no last page: what it makes of that one loses up to a page.
 */
function* vorbisPages(bytes: Uint8Array, { pages }: OggStream): Generator<PacketPage> {
  // They go with the first page of audio behind them: for them alone the decoder gives what happens to be in its memory.
  let headers: Uint8Array[] = [];
  for (const { granule, packets } of oggPackets(bytes, pages)) {
    // Headers are the packets with an odd first byte: 1 is the identification, 3 the comments, 5 the set-up. Each gets a page, as it must.
    for (const packet of packets) if (packet[0] === 1 || packet[0] === 5) headers.push(pageOf([packet]));
    const groups = grouped(packets.filter(([first]) => first !== undefined && first % 2 === 0));
    for (const group of groups) {
      yield { bytes: joinBytes([...headers, pageOf(group)]), granule: group === groups.at(-1) ? granule : -1 };
      headers = [];
    }
  }
  if (headers.length > 0) yield { bytes: joinBytes(headers), granule: 0 };
}

/** Leaves out `surplus` samples at the beginning or at the end of the pieces. */
function cut(pieces: DecodedPiece[], surplus: number, where: 'start' | 'end'): void {
  let rest = Math.max(0, surplus);
  for (let n = 0; n < pieces.length && rest > 0; n++) {
    const i = where === 'start' ? n : pieces.length - 1 - n;
    const { samplesDecoded } = pieces[i]!;
    const gone = Math.min(rest, samplesDecoded);
    pieces[i] = where === 'start' ? part(pieces[i]!, gone, samplesDecoded) : part(pieces[i]!, 0, samplesDecoded - gone);
    rest -= gone;
  }
}

function part(piece: DecodedPiece, start: number, end: number): DecodedPiece {
  return {
    ...piece,
    samplesDecoded: end - start,
    channelData: piece.channelData.map((data) => data.subarray(start, end)),
  };
}

function total(pieces: readonly DecodedPiece[]): number {
  return pieces.reduce((sum, { samplesDecoded }) => sum + samplesDecoded, 0);
}

/** The packets in groups that fit on a page each. */
function grouped(packets: readonly Uint8Array[]): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  let segments = MOST_SEGMENTS;
  for (const packet of packets) {
    segments += segmentsOf(packet);
    if (segments > MOST_SEGMENTS) {
      groups.push([]);
      segments = segmentsOf(packet);
    }
    groups.at(-1)!.push(packet);
  }
  return groups;
}

function segmentsOf({ length }: Uint8Array): number {
  return Math.floor(length / LONGEST_SEGMENT) + 1;
}

/** An Ogg page with these packets; without a checksum, at which the decoder doesn't look. */
function pageOf(packets: readonly Uint8Array[]): Uint8Array {
  const table = packets.flatMap((packet) => [
    ...new Array<number>(segmentsOf(packet) - 1).fill(LONGEST_SEGMENT),
    packet.length % LONGEST_SEGMENT,
  ]);
  if (table.length > MOST_SEGMENTS) throw new Error('a packet is longer than 64 KiB');
  const header = new Uint8Array(HEADER_LENGTH);
  header.set(Buffer.from('OggS', 'latin1'));
  header[HEADER_LENGTH - 1] = table.length;
  return joinBytes([header, Uint8Array.from(table), ...packets]);
}
