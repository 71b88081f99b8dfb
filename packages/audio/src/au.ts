import { DataError } from '@refrain/core';
import { viewOf } from './bytes.ts';
import { type PcmEncoding, type PcmLayout, sampleWidth } from './pcm.ts';

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

const CODEC_NAMES: Readonly<Record<number, string>> = {
  23: 'G.721 ADPCM',
  24: 'G.722',
  25: 'G.723 ADPCM',
  26: 'G.723 ADPCM',
  27: 'A-law',
};

const HEADER_LENGTH = 24;

/**
 * Where the samples of an au file of `size` bytes are, of which `bytes` are the first. A data size that is unknown (0xFFFFFFFF) or beyond the end means all there is.
 * Throws a DataError for a header that is cut off or an encoding other than µ-law, linear and float.
 */
export function auLayout(bytes: Uint8Array, source: string, size = bytes.length): PcmLayout {
  if (bytes.length < HEADER_LENGTH) throw new DataError(source, `${source}: its au header is cut off.`);
  const view = viewOf(bytes);
  const field = (index: number) => view.getUint32(index * 4, false);
  const [start, dataSize, number, sampleRate, channels] = [field(1), field(2), field(3), field(4), field(5)];
  const encoding = ENCODINGS[number];
  if (encoding === undefined) {
    const name = CODEC_NAMES[number];
    throw new DataError(
      source,
      `${source}: au encoding ${number}${name === undefined ? '' : ` (${name})`} is not read, only 1 (µ-law), 2–5 (linear) and 6–7 (float). Convert it to wav or flac.`,
    );
  }
  const available = Math.max(0, size - start);
  const frameSize = sampleWidth(encoding) * channels;
  const samples = frameSize === 0 ? 0 : Math.floor(Math.min(dataSize, available) / frameSize);
  return { encoding, littleEndian: false, sampleRate, channels, start, samples };
}
