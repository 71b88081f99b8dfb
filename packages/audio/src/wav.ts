import { refusal, roundHalfUp, type Waveform } from '@refrain/core';
import { textAt, viewOf } from './bytes.ts';
import { type PcmEncoding, type PcmLayout, sampleWidth } from './pcm.ts';

interface Chunk {
  readonly id: string;
  /** Byte offset of its content. */
  readonly start: number;
  /** Bytes of content, at most what the file holds. */
  readonly size: number;
}

const HEADER_LENGTH = 44;

const PCM = 1;
const IEEE_FLOAT = 3;
const MU_LAW = 7;
const MPEG_LAYERS_1_2 = 0x50;
const MPEG_LAYER_3 = 0x55;
const EXTENSIBLE = 0xfffe;

/** A size that is not known, or stands in the ds64 chunk. */
const UNKNOWN_SIZE = 0xffffffff;

// By the format tags of Microsoft's mmreg.h, those that are met.
const CODEC_NAMES: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  [MPEG_LAYERS_1_2]: 'MPEG audio of layer I or II',
  [MPEG_LAYER_3]: 'MPEG audio of layer III (mp3)',
  255: 'AAC',
  353: 'Windows Media Audio',
  8192: 'AC-3',
  61868: 'FLAC',
};

/** What follows the tag in the sub-formats of "extensible" files: KSDATAFORMAT_SUBTYPE_WAVEFORMATEX, and the one for ambisonics. */
const SUBFORMATS = ['000000001000800000aa00389b71', '00002107d3118644c8c1ca000000'];

/** Whether the file is a wav: RIFF, big-endian RIFX, or RF64 (BW64) for data beyond 4 GB (EBU Tech 3306, ITU-R BS.2088). */
export function isWav(bytes: Uint8Array): boolean {
  return ['RIFF', 'RIFX', 'RF64', 'BW64'].includes(textAt(bytes, 0, 4)) && textAt(bytes, 8, 4) === 'WAVE';
}

/** Whether a wav says that it holds MPEG audio. */
export function holdsMpeg(bytes: Uint8Array): boolean {
  const littleEndian = isLittleEndian(bytes);
  for (const { id, start } of chunks(bytes, bytes.length, littleEndian)) {
    if (id !== 'fmt ' || start + 2 > bytes.length) continue;
    const tag = viewOf(bytes).getUint16(start, littleEndian);
    return tag === MPEG_LAYERS_1_2 || tag === MPEG_LAYER_3;
  }
  return false;
}

/**
 * Where the samples of a wav file of `size` bytes are, of which `bytes` are the first. Chunks may stand in any order, padded to even lengths or
 * not. A data size that is too large means all there is; so does 0, as interrupted recorders leave it, unless other chunks follow.
 * Throws a DataError without format or data chunk, for a second one with data or a second wav behind the first, and for formats other than
 * integer PCM, float and µ-law.
 */
export function wavLayout(bytes: Uint8Array, source: string, size = bytes.length): PcmLayout {
  const littleEndian = isLittleEndian(bytes);
  const found = new Map<string, Chunk>();
  for (const chunk of chunks(bytes, size, littleEndian)) {
    const isSecond = (chunk.id === 'data' && found.has('data')) || chunk.id === textAt(bytes, 0, 4);
    if (isSecond) throw refusal(source, 'more audio stands behind its first data chunk. Split the file.');
    if (!found.has(chunk.id)) found.set(chunk.id, chunk);
  }
  const [format, data] = [found.get('fmt '), found.get('data')];
  if (format === undefined || format.size < 16 || format.start + format.size > bytes.length)
    throw refusal(source, `a wav without a format chunk${where(bytes, size)}.`);
  if (data === undefined) throw refusal(source, `a wav without a data chunk${where(bytes, size)}, so without audio.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + format.start, format.size);
  const channels = view.getUint16(2, littleEndian);
  const sampleRate = view.getUint32(4, littleEndian);
  const encoding = wavEncoding(view, littleEndian, source);
  const frameSize = sampleWidth(encoding) * channels;
  const samples = frameSize === 0 ? 0 : Math.floor(data.size / frameSize);
  return { encoding, littleEndian, sampleRate, channels, start: data.start, samples };
}

function isLittleEndian(bytes: Uint8Array): boolean {
  return textAt(bytes, 0, 4) !== 'RIFX';
}

/** Where was looked, if not everywhere. */
function where(bytes: Uint8Array, size: number): string {
  return bytes.length < size ? ` in its first ${bytes.length} bytes` : '';
}

function* chunks(bytes: Uint8Array, fileSize: number, littleEndian: boolean): Generator<Chunk> {
  const view = viewOf(bytes);
  // RF64 has the true size of its data in a chunk before it.
  let dataSize: number | undefined;
  const isHeader = (offset: number) => isChunkHeader(bytes, offset, fileSize, littleEndian);
  for (let header = 12; header + 8 <= bytes.length; ) {
    const id = textAt(bytes, header, 4);
    const start = header + 8;
    const available = fileSize - start;
    let size = view.getUint32(header + 4, littleEndian);
    if (id === 'ds64' && start + 16 <= bytes.length) dataSize = Number(view.getBigUint64(start + 8, littleEndian));
    if (id === 'data' && size === UNKNOWN_SIZE) size = dataSize ?? available;
    if (id === 'data' && size === 0 && !isHeader(start)) size = available;
    size = Math.min(size, available);
    yield { id, start, size };
    // Chunks are padded to an even length, but not by every writer.
    const end = start + size;
    header = size % 2 === 0 || (isHeader(end) && !isHeader(end + 1)) ? end : end + 1;
  }
}

function isChunkHeader(bytes: Uint8Array, offset: number, fileSize: number, littleEndian: boolean): boolean {
  if (offset + 8 > bytes.length) return false;
  const id = textAt(bytes, offset, 4);
  if (id === 'data') return true;
  return /^[ -~]{4}$/.test(id) && viewOf(bytes).getUint32(offset + 4, littleEndian) <= fileSize - offset - 8;
}

function wavEncoding(format: DataView, littleEndian: boolean, source: string): PcmEncoding {
  const channels = format.getUint16(2, littleEndian);
  const blockAlign = format.getUint16(12, littleEndian);
  const bits = format.getUint16(14, littleEndian);
  let tag = format.getUint16(0, littleEndian);
  if (tag === EXTENSIBLE) tag = extensibleTag(format, littleEndian);
  const width = Math.ceil(bits / 8);
  const encoding = encodingOf(tag, width);
  if (encoding === undefined)
    throw refusal(
      source,
      `its samples are written as ${nameOf(tag, bits)}; of wav only PCM of 8, 16, 24 and 32 bits, float of 32 and 64, µ-law and MPEG audio are read. Convert it to PCM, or choose the decoder ffmpeg.`,
    );
  // Some writers put 24 bits into 4 bytes: read as 3 they would be noise.
  if (blockAlign !== 0 && blockAlign !== channels * width)
    throw refusal(
      source,
      `its header gives ${blockAlign} bytes for ${channels} samples of ${bits} bits, expected ${channels * width}. Export the file again.`,
    );
  return encoding;
}

/** The first two bytes of the sub-format's GUID are the tag, if its others are the usual ones. */
function extensibleTag(format: DataView, littleEndian: boolean): number {
  if (format.byteLength < 40) return EXTENSIBLE;
  const guid = Buffer.from(format.buffer, format.byteOffset + 26, 14).toString('hex');
  return SUBFORMATS.includes(guid) ? format.getUint16(24, littleEndian) : EXTENSIBLE;
}

function nameOf(tag: number, bits: number): string {
  const number = `format 0x${tag.toString(16).padStart(4, '0')}, ${bits} bits`;
  return CODEC_NAMES[tag] === undefined ? number : `${CODEC_NAMES[tag]} (${number})`;
}

function encodingOf(tag: number, width: number): PcmEncoding | undefined {
  if (tag === PCM) return ([undefined, 'uint8', 'int16', 'int24', 'int32'] as const)[width];
  if (tag === IEEE_FLOAT) return width === 4 ? 'float32' : width === 8 ? 'float64' : undefined;
  if (tag === MU_LAW && width === 1) return 'mu-law';
  return undefined;
}

/**
 * The bytes of a mono 16-bit PCM wav file. Samples are clipped to −1…1, scaled by 32,768 and rounded; +1 becomes 32,767.
 * The sample rate is rounded to whole Hz, as the header can hold no other.
 */
export function encodeWav({ samples, sampleRate }: Waveform): Uint8Array {
  const rate = Math.round(sampleRate);
  const file = Buffer.alloc(HEADER_LENGTH + 2 * samples.length);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples.length, 40);
  const view = viewOf(file);
  for (let i = 0; i < samples.length; i++) {
    const scaled = roundHalfUp(samples[i]! * 32_768);
    view.setInt16(HEADER_LENGTH + 2 * i, Math.max(-32_768, Math.min(32_767, scaled)), true);
  }
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}
