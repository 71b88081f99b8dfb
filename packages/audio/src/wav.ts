import { DataError } from '@refrain/core';
import { textAt, viewOf } from './bytes.ts';
import { type PcmEncoding, type PcmLayout, sampleWidth } from './pcm.ts';

interface Chunk {
  readonly id: string;
  /** Byte offset of its content. */
  readonly start: number;
  /** Bytes of content, at most what the file holds. */
  readonly size: number;
}

const PCM = 1;
const IEEE_FLOAT = 3;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;

/**
 * Where the samples of a wav file of `size` bytes are, of which `bytes` are the first (RIFF, or big-endian RIFX). Chunks may stand in any order. A data size that is too large means all
 * there is; so does 0, as interrupted recorders leave it, unless other chunks follow.
 * Throws a DataError without format or data chunk, and for formats other than integer PCM, float and µ-law.
 */
export function wavLayout(bytes: Uint8Array, source: string, size = bytes.length): PcmLayout {
  const littleEndian = textAt(bytes, 0, 4) === 'RIFF';
  const found = new Map<string, Chunk>();
  for (const chunk of chunks(bytes, size, littleEndian)) if (!found.has(chunk.id)) found.set(chunk.id, chunk);
  const [format, data] = [found.get('fmt '), found.get('data')];
  if (format === undefined || format.size < 16) throw new DataError(source, `${source}: a wav without a format chunk.`);
  if (data === undefined) throw new DataError(source, `${source}: a wav without a data chunk, so without audio.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + format.start, format.size);
  const channels = view.getUint16(2, littleEndian);
  const sampleRate = view.getUint32(4, littleEndian);
  const encoding = wavEncoding(view, littleEndian, source);
  const frameSize = sampleWidth(encoding) * channels;
  const samples = frameSize === 0 ? 0 : Math.floor(data.size / frameSize);
  return { encoding, littleEndian, sampleRate, channels, start: data.start, samples };
}

function* chunks(bytes: Uint8Array, fileSize: number, littleEndian: boolean): Generator<Chunk> {
  const view = viewOf(bytes);
  for (let header = 12; header + 8 <= bytes.length; ) {
    const id = textAt(bytes, header, 4);
    const start = header + 8;
    const available = fileSize - start;
    let size = Math.min(view.getUint32(header + 4, littleEndian), available);
    if (id === 'data' && size === 0 && !isChunkHeader(view, start, littleEndian)) size = available;
    yield { id, start, size };
    // Chunks are padded to an even length.
    header = start + size + (size % 2);
  }
}

function isChunkHeader(view: DataView, offset: number, littleEndian: boolean): boolean {
  if (offset + 8 > view.byteLength) return false;
  for (let i = 0; i < 4; i++) {
    const byte = view.getUint8(offset + i);
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return view.getUint32(offset + 4, littleEndian) <= view.byteLength - offset - 8;
}

function wavEncoding(format: DataView, littleEndian: boolean, source: string): PcmEncoding {
  const channels = format.getUint16(2, littleEndian);
  const blockAlign = format.getUint16(12, littleEndian);
  const bits = format.getUint16(14, littleEndian);
  let tag = format.getUint16(0, littleEndian);
  // The first two bytes of the sub-format's GUID are the tag.
  if (tag === EXTENSIBLE && format.byteLength >= 26) tag = format.getUint16(24, littleEndian);
  const width = Math.ceil(bits / 8);
  const encoding = encodingOf(tag, width);
  if (encoding === undefined) {
    throw new DataError(
      source,
      `${source}: wav format 0x${tag.toString(16).padStart(4, '0')} with ${bits} bits is not read, only PCM of 8, 16, 24 and 32 bits, float of 32 and 64, and µ-law. Convert it to PCM.`,
    );
  }
  // Some writers put 24 bits into 4 bytes: read as 3 they would be noise.
  if (blockAlign !== 0 && blockAlign !== channels * width) {
    throw new DataError(
      source,
      `${source}: its header gives ${blockAlign} bytes for ${channels} samples of ${bits} bits, expected ${channels * width}. Export the file again.`,
    );
  }
  return encoding;
}

function encodingOf(tag: number, width: number): PcmEncoding | undefined {
  if (tag === PCM) return ([undefined, 'uint8', 'int16', 'int24', 'int32'] as const)[width];
  if (tag === IEEE_FLOAT) return width === 4 ? 'float32' : width === 8 ? 'float64' : undefined;
  if (tag === MU_LAW && width === 1) return 'mu-law';
  return undefined;
}
