import type { MpegChunk } from './mpg123.ts';
import { changeError, checkHeader, type DecodedPiece } from './pieces.ts';
import { offsetAfterId3v2, offsetAfterTags, withoutTrailingTags } from './tags.ts';

/** Samples per channel of a piece at most: most clips of half a minute are one. */
const SAMPLES_PER_PIECE = 2 ** 20;

/** Bytes that are decoded in a row, whatever comes of them. */
const BYTES_PER_TURN = 2 ** 20;

/** Comes of bytes that are decoded in the middle of a piece. */
const NOTHING: DecodedPiece = { channelData: [], samplesDecoded: 0, sampleRate: 0, errors: [] };

/** Bytes `start … end − 1`. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What stays the same from frame to frame of one MPEG audio stream. */
interface MpegKind {
  readonly layer: 1 | 2 | 3;
  /** Hz. */
  readonly sampleRate: number;
}

/** The frames of an MPEG audio stream: layer III (mp3), II (mp2) or I. */
export interface MpegStream extends MpegKind {
  /** Runs of whole frames, ascending; one run in an undamaged file. Only the last frame may be cut off. */
  readonly ranges: readonly ByteRange[];
  readonly frames: number;
  /** Whether every frame has one channel. */
  readonly mono: boolean;
  /** Per channel: 384 in layer I; 1152, or 576 in layer III at 24 kHz and below. */
  readonly samplesPerFrame: number;
  /**
   * Whether it starts at the very front or right behind ID3v2 tags. Only there a LAME tag is believed to speak of all that follows, as by
   * ffmpeg: behind foreign bytes it may be that of another edit.
   */
  readonly atFront: boolean;
  /** What the file goes on with where frames of another kind follow; `ranges` ends before them. */
  readonly turnsInto?: MpegKind;
}

interface FrameHeader extends MpegKind {
  /** Bytes to the next header. */
  readonly length: number;
  readonly samplesPerFrame: number;
}

// ISO/IEC 11172-3, 2.4.2.3 and ISO/IEC 13818-3, 2.4.2.3: kbit/s by bitrate index 1 … 14.
const KBITS_MPEG1 = {
  1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
} as const;
const KBITS_MPEG2_LAYER1 = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
const KBITS_MPEG2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_MPEG1 = [44_100, 48_000, 32_000];

/** The longest frame without a stated bit rate that is looked for: layer III at 640 kbit/s and 32 kHz. */
const LONGEST_FREE_FRAME = 2_881;

/**
 * The frames of an mp3, mp2 or mp1 file, or undefined where there is no such stream. Frames are believed by their chain, each header being
 * where the one before said: two in a row where the tags say that the audio starts, three where they have to be searched, from the very front:
 * a tag may claim more than it has. Tags, holes and foreign bytes between frames belong to no range; three frames in a row of another kind are
 * told as `turnsInto`.
 */
export function findMpegStream(file: Uint8Array): MpegStream | undefined {
  const bytes = withoutTrailingTags(file);
  const origin = offsetAfterTags(bytes);
  const first = isChain(bytes, origin, 2) ? origin : findChain(bytes, 0);
  if (first === undefined) return undefined;
  const kind = headerAt(bytes, first)!;
  const { layer, sampleRate, samplesPerFrame } = kind;
  const atFront = first === offsetAfterId3v2(bytes);
  const ranges: ByteRange[] = [];
  let frames = 0;
  let mono = true;
  for (let start: number | undefined = first; start !== undefined; ) {
    let end = start;
    for (let header = headerAt(bytes, end); isSame(header, kind); header = headerAt(bytes, end)) {
      // Mode 3: a single channel.
      mono &&= bytes[end + 3]! >> 6 === 3;
      end += header.length;
      frames++;
    }
    if (end === start)
      return { ranges, frames, mono, layer, sampleRate, samplesPerFrame, atFront, turnsInto: headerAt(bytes, start)! };
    ranges.push({ start, end: Math.min(end, bytes.length) });
    start = findChain(bytes, end, kind);
  }
  return { ranges, frames, mono, layer, sampleRate, samplesPerFrame, atFront };
}

/**
 * Whether the audio starts with frames of "free format", which state no bit rate: three headers at equal distances. The decoder that we use
 * can't find their ends.
 */
export function isFreeFormat(bytes: Uint8Array): boolean {
  const offset = offsetAfterTags(bytes);
  if (!isFreeHeader(bytes, offset)) return false;
  for (let length = 24; length <= LONGEST_FREE_FRAME; length++) {
    // A padding byte makes a frame longer by one.
    const isNext = isFreeHeader(bytes, offset + length);
    if (isNext && [-1, 0, 1].some((padding) => isFreeHeader(bytes, offset + 2 * length + padding))) return true;
  }
  return false;
}

/**
 * mp3 (and mp2, mp1), without the encoder's delay and padding where a LAME tag states them. Throws a DataError when the sample rate or the layer changes within the file.
 */
export async function* decodeMp3(bytes: Uint8Array, source: string, maxSeconds: number): AsyncGenerator<DecodedPiece> {
  const stream = findMpegStream(bytes);
  if (stream === undefined) return;
  const { layer, sampleRate, frames, samplesPerFrame, turnsInto, ranges, mono } = stream;
  if (turnsInto !== undefined && turnsInto.layer !== layer)
    throw changeError(source, 'coding', `MPEG layer ${'I'.repeat(layer)}`, `layer ${'I'.repeat(turnsInto.layer)}`);
  if (turnsInto !== undefined) throw changeError(source, 'sample rate', sampleRate, `${turnsInto.sampleRate} Hz`);
  checkHeader({ sampleRate, channels: 2, samples: frames * samplesPerFrame }, source, maxSeconds);
  const { Mpg123 } = await import('./mpg123.ts');
  const decoder = await Mpg123.open(stream.atFront);
  try {
    const gathered = new MpegPieces(mono ? 1 : 2, frames * samplesPerFrame);
    for (const { start, end } of ranges) {
      for (let at = start; at < end; at += BYTES_PER_TURN) {
        for (const chunk of decoder.decode(bytes.subarray(at, Math.min(at + BYTES_PER_TURN, end)))) {
          if (!gathered.fits(chunk)) yield gathered.take();
          gathered.add(chunk);
        }
        if (at + BYTES_PER_TURN < end) yield NOTHING;
      }
    }
    const errors = decoder.damage === undefined ? [] : [{ message: decoder.damage }];
    yield { ...gathered.take(), errors };
  } finally {
    decoder.close();
  }
}

/** Gathers what was decoded in few pieces. */
class MpegPieces {
  readonly #channels: number;
  /** At most so many samples are still to come. */
  #left: number;
  #piece: Float32Array[] = [];
  #filled = 0;
  #sampleRate = 0;

  constructor(channels: number, samples: number) {
    this.#channels = channels;
    this.#left = samples;
  }

  /** Whether the chunk can go into the piece that is begun. */
  fits({ left, sampleRate }: MpegChunk): boolean {
    if (this.#filled === 0) return true;
    return sampleRate === this.#sampleRate && this.#filled + left.length <= this.#piece[0]!.length;
  }

  add({ left, right, sampleRate }: MpegChunk): void {
    if (this.#filled === 0) {
      const length = Math.max(left.length, Math.min(SAMPLES_PER_PIECE, this.#left));
      this.#piece = Array.from({ length: this.#channels }, () => new Float32Array(length));
      this.#sampleRate = sampleRate;
    }
    this.#piece[0]!.set(left, this.#filled);
    this.#piece[1]?.set(right, this.#filled);
    this.#filled += left.length;
  }

  /** The piece that was begun. */
  take(): DecodedPiece {
    const samplesDecoded = this.#filled;
    const channelData = this.#piece.map((channel) => channel.subarray(0, samplesDecoded));
    this.#left -= samplesDecoded;
    [this.#piece, this.#filled] = [[], 0];
    return { channelData, samplesDecoded, sampleRate: this.#sampleRate, errors: [] };
  }
}

/** The first chain from `from` on: two frames of the kind `known`, or three of any one kind. */
function findChain(bytes: Uint8Array, from: number, known?: MpegKind): number | undefined {
  for (let i = bytes.indexOf(0xff, from); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
    const header = headerAt(bytes, i);
    if (header !== undefined && isChain(bytes, i, known !== undefined && isSame(header, known) ? 2 : 3)) return i;
  }
  return undefined;
}

function isChain(bytes: Uint8Array, offset: number, count: number): boolean {
  const first = headerAt(bytes, offset);
  for (let i = 0, at = offset; i < count; i++) {
    const header = headerAt(bytes, at);
    if (first === undefined || !isSame(header, first)) return false;
    at += header.length;
  }
  return true;
}

function isSame(header: FrameHeader | undefined, kind: MpegKind): header is FrameHeader {
  return header?.sampleRate === kind.sampleRate && header.layer === kind.layer;
}

/** The header at `offset`; undefined where there is none, or one without a stated bit rate ("free format"). */
function headerAt(bytes: Uint8Array, offset: number): FrameHeader | undefined {
  if (!isSync(bytes, offset)) return undefined;
  const [second, third] = [bytes[offset + 1]!, bytes[offset + 2]!];
  const version = (second >> 3) & 3;
  const layer = (4 - ((second >> 1) & 3)) as 1 | 2 | 3;
  const bitrateIndex = third >> 4;
  if (bitrateIndex === 0) return undefined;
  const isMpeg1 = version === 3;
  const sampleRate = RATES_MPEG1[(third >> 2) & 3]! / (isMpeg1 ? 1 : version === 2 ? 2 : 4);
  const table = isMpeg1 ? KBITS_MPEG1[layer] : layer === 1 ? KBITS_MPEG2_LAYER1 : KBITS_MPEG2;
  const samplesPerFrame = layer === 1 ? 384 : isMpeg1 || layer === 2 ? 1152 : 576;
  // Layer I counts in slots of four bytes.
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor((samplesPerFrame * table[bitrateIndex - 1]! * 125) / sampleRate / slot) + ((third >> 1) & 1);
  return { length: slots * slot, layer, sampleRate, samplesPerFrame };
}

/** Whether the four bytes can be a header. The reserved values are excluded, and so are layers I and II at the rates of "MPEG 2.5". */
function isSync(bytes: Uint8Array, offset: number): boolean {
  if (bytes[offset] !== 0xff || offset + 4 > bytes.length) return false;
  const [second, third] = [bytes[offset + 1]!, bytes[offset + 2]!];
  const version = (second >> 3) & 3;
  const layerBits = (second >> 1) & 3;
  if (second < 0xe0 || version === 1 || layerBits === 0 || (version === 0 && layerBits !== 1)) return false;
  return third >> 4 !== 15 && ((third >> 2) & 3) !== 3;
}

function isFreeHeader(bytes: Uint8Array, offset: number): boolean {
  return isSync(bytes, offset) && bytes[offset + 2]! >> 4 === 0;
}
