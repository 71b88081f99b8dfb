import { DataError } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAudio } from './decode.ts';
import { encodeWav, wavLayout } from './wav.ts';

interface WavParts {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bits?: number;
  /** What the header says about the data, where that is not the truth. */
  readonly dataSize?: number;
  readonly extensible?: boolean;
  /** The last 14 bytes of an extensible file's sub-format. */
  readonly subformat?: string;
  /** Before the first chunk. */
  readonly mark?: string;
  readonly bigEndian?: boolean;
  readonly before?: readonly number[];
  readonly after?: readonly number[];
}

function wav(data: readonly number[], parts: WavParts = {}): Uint8Array {
  const { tag = 1, channels = 1, sampleRate = 8_000, bits = 16, extensible = false, bigEndian = false } = parts;
  const number = (value: number, length: number) => {
    const bytes = Array.from({ length }, (_, i) => Math.floor(value / 256 ** i) % 256);
    return bigEndian ? bytes.reverse() : bytes;
  };
  const text = (mark: string) => [...Buffer.from(mark, 'latin1')];
  const frame = (bits / 8) * channels;
  const guidTail = text(parts.subformat ?? '\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71');
  const format = [
    ...number(extensible ? 0xfffe : tag, 2),
    ...number(channels, 2),
    ...number(sampleRate, 4),
    ...number(sampleRate * frame, 4),
    ...number(frame, 2),
    ...number(bits, 2),
    ...(extensible ? [...number(22, 2), ...number(bits, 2), ...number(0, 4), ...number(tag, 2), ...guidTail] : []),
  ];
  const body = [
    ...text('WAVE'),
    ...(parts.before ?? []),
    ...text('fmt '),
    ...number(format.length, 4),
    ...format,
    ...text('data'),
    ...number(parts.dataSize ?? data.length, 4),
    ...data,
    ...(parts.after ?? []),
  ];
  return Uint8Array.from([...text(parts.mark ?? (bigEndian ? 'RIFX' : 'RIFF')), ...number(body.length, 4), ...body]);
}

const bytesOf = (array: Float32Array | Float64Array) => [...new Uint8Array(array.buffer)];
const samplesOf = async (bytes: Uint8Array) => [...(await decodeAudio(bytes, 'a.wav')).samples];
const refusal = async (bytes: Uint8Array): Promise<DataError> => {
  const error = await decodeAudio(bytes, 'set/a.wav').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).source).toBe('set/a.wav');
  expect((error as DataError).message).toContain('set/a.wav');
  return error as DataError;
};

// 16 bits, little-endian: 0, 16384, −32768, 32767.
const FOUR = [0x00, 0x00, 0x00, 0x40, 0x00, 0x80, 0xff, 0x7f];
const FOUR_SAMPLES = [0, 0.5, -1, 32_767 / 32_768];

describe('wav samples', () => {
  it.each<[string, readonly number[], WavParts, number[]]>([
    ['8 bits, unsigned', [128, 192, 0, 255], { bits: 8 }, [0, 0.5, -1, 127 / 128]],
    ['16 bits', FOUR, {}, FOUR_SAMPLES],
    ['24 bits', [0, 0, 0x40, 0, 0, 0x80, 0xff, 0xff, 0xff], { bits: 24 }, [0.5, -1, -1 / 8_388_608]],
    ['32 bits', [0, 0, 0, 0x40, 0, 0, 0, 0x80], { bits: 32 }, [0.5, -1]],
    ['float32', bytesOf(Float32Array.of(0.25, -1.5)), { tag: 3, bits: 32 }, [0.25, -1.5]],
    ['float64', bytesOf(Float64Array.of(0.25, -1.5)), { tag: 3, bits: 64 }, [0.25, -1.5]],
    ['µ-law', [0xff, 0x80, 0x00], { tag: 7, bits: 8 }, [0, 32_124 / 32_768, -32_124 / 32_768]],
    ['extensible 16 bits', FOUR, { extensible: true }, FOUR_SAMPLES],
    ['extensible float', bytesOf(Float32Array.of(0.25)), { extensible: true, tag: 3, bits: 32 }, [0.25]],
    ['big-endian 16 bits', [0x40, 0, 0x80, 0], { bigEndian: true }, [0.5, -1]],
    ['big-endian 24 bits', [0x40, 0, 0, 0xff, 0xff, 0xff], { bigEndian: true, bits: 24 }, [0.5, -1 / 8_388_608]],
    ['the mean of two channels', [0x00, 0x40, 0x00, 0x80], { channels: 2 }, [-0.25]],
  ])('%s', async (_, data, parts, expected) => {
    expect(await samplesOf(wav(data, parts))).toEqual(expected);
  });

  it('keeps the sample rate', async () => {
    expect((await decodeAudio(wav(FOUR, { sampleRate: 44_056 }), 'a')).sampleRate).toBe(44_056);
  });
});

describe('wav chunks', () => {
  const oddChunk = [...Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')];

  it('are padded to even lengths and may come before the format and behind the data', async () => {
    expect(await samplesOf(wav(FOUR, { before: oddChunk, after: oddChunk }))).toEqual(FOUR_SAMPLES);
  });

  const unpadded = oddChunk.slice(0, -1);

  it('may be odd without padding', async () => {
    expect(await samplesOf(wav(FOUR, { before: unpadded, after: unpadded }))).toEqual(FOUR_SAMPLES);
    expect(await samplesOf(wav([1, 128, 192], { bits: 8, after: unpadded }))).toEqual([-127 / 128, 0, 0.5]);
  });

  it.each(['RF64', 'BW64'])('of %s have the size of the data in ds64', async (mark) => {
    const number = (value: number, length: number) =>
      Array.from({ length }, (_, i) => Math.floor(value / 256 ** i) % 256);
    const sizes = [...number(0, 8), ...number(FOUR.length, 8), ...number(4, 8), ...number(0, 4)];
    const before = [...Buffer.from('ds64'), ...number(28, 4), ...sizes];
    expect(await samplesOf(wav(FOUR, { mark, before, dataSize: 0xffffffff, after: oddChunk }))).toEqual(FOUR_SAMPLES);
    expect(await samplesOf(wav(FOUR, { mark, dataSize: 0xffffffff }))).toEqual(FOUR_SAMPLES);
  });

  it('with more audio behind the first are refused', async () => {
    const second = [...Buffer.from('data\x02\0\0\0ab', 'latin1')];
    expect((await refusal(wav(FOUR, { after: second }))).message).toContain('more audio');
    expect((await refusal(Buffer.concat([wav(FOUR), wav(FOUR)]))).message).toContain('more audio');
  });

  it('that are not in the part that was read are not said to be missing', () => {
    const bytes = wav(FOUR, { before: [...Buffer.from('JUNK\xff\xff\0\0', 'latin1')] });
    expect(() => wavLayout(bytes, 'a', 100_000)).toThrow('without a format chunk in its first 60 bytes');
  });

  it.each([0, 0xffffffff, 999_999])('a data size of %d means what is there', async (dataSize) => {
    expect(await samplesOf(wav(FOUR, { dataSize }))).toEqual(FOUR_SAMPLES);
  });

  it('an empty data chunk before another chunk is empty', async () => {
    expect((await refusal(wav([], { after: oddChunk }))).message).toContain('no audio');
  });

  it('a file cut off within a sample loses that sample', async () => {
    expect(await samplesOf(wav(FOUR).subarray(0, -3))).toEqual(FOUR_SAMPLES.slice(0, 2));
  });
});

describe('MPEG audio in wav', () => {
  it('decodes', async () => {
    // Frames of MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes each.
    const frames = Buffer.from(`\xff\xfb\x90\0${'\0'.repeat(413)}`.repeat(4), 'latin1');
    const { samples, sampleRate } = await decodeAudio(
      wav([...frames], { tag: 0x55, bits: 0, sampleRate: 44_100 }),
      'a',
    );
    expect(samples).toEqual(new Float32Array(4 * 1152));
    expect(sampleRate).toBe(44_100);
  });
});

describe('wav files that are refused', () => {
  it.each<[string, Uint8Array, string]>([
    ['header only', wav([]), 'no audio'],
    ['65,535 channels', wav(FOUR, { channels: 65_535, bits: 8 }), 'channels'],
    ['no channel', wav(FOUR, { channels: 0 }), '0 channels'],
    ['rate 0', wav(FOUR, { sampleRate: 0 }), '0 Hz'],
    ['absurd rate', wav(FOUR, { sampleRate: 234_903_074 }), '234903074 Hz'],
    ['Microsoft ADPCM', wav(FOUR, { tag: 2, bits: 4 }), 'Microsoft ADPCM (format 0x0002, 4 bits)'],
    ['IMA ADPCM', wav(FOUR, { tag: 0x11, bits: 4 }), 'IMA ADPCM'],
    ['IMA ADPCM, extensible', wav(FOUR, { tag: 0x11, bits: 4, extensible: true }), 'IMA ADPCM'],
    ['GSM', wav(FOUR, { tag: 0x31, bits: 0 }), 'GSM 6.10'],
    ['mp3 without a frame', wav(FOUR, { tag: 0x55, bits: 0 }), 'layer III (mp3)'],
    ['an unknown format', wav(FOUR, { tag: 0x1234 }), 'written as format 0x1234, 16 bits'],
    ['an unknown sub-format', wav(FOUR, { extensible: true, subformat: 'none that we know'.slice(0, 14) }), '0xfffe'],
    ['12 bytes', wav(FOUR).subarray(0, 12), 'format chunk'],
    ['no data chunk', wav(FOUR).subarray(0, 36), 'data chunk'],
    ['NaN', wav(bytesOf(Float32Array.of(0, Number.NaN)), { tag: 3, bits: 32 }), 'sample 1 is NaN'],
    ['infinity', wav(bytesOf(Float32Array.of(0, Number.NEGATIVE_INFINITY)), { tag: 3, bits: 32 }), '-Infinity'],
    ['floats on the scale of integers', wav(bytesOf(Float32Array.of(12_000)), { tag: 3, bits: 32 }), 'peak'],
  ])('%s', async (_, bytes, reason) => {
    expect((await refusal(bytes)).message).toContain(reason);
  });

  it('24 bits in 4 bytes', async () => {
    const bytes = wav([0, 0, 0, 0], { bits: 24 });
    bytes[32] = 4;
    expect((await refusal(bytes)).message).toContain('4 bytes');
  });

  it('too long, by the header alone', async () => {
    const bytes = wav(new Array(32_000).fill(0));
    await expect(decodeAudio(bytes, 'a', { maxSeconds: 1.9 })).rejects.toThrow(/maxSeconds/);
    expect((await decodeAudio(bytes, 'a', { maxSeconds: 2 })).samples).toHaveLength(16_000);
  });
});

describe('encodeWav', () => {
  it('clips, rounds and can be read back', async () => {
    const samples = Float32Array.of(0, 0.5, -0.25, 1, -1, 1.7, -3, 0.6 / 32_768);
    const bytes = encodeWav({ samples, sampleRate: 22_050 });
    const top = 32_767 / 32_768;
    const decoded = await decodeAudio(bytes, 'a');
    expect(decoded.sampleRate).toBe(22_050);
    expect([...decoded.samples]).toEqual([0, 0.5, -0.25, top, -1, top, -1, 1 / 32_768]);
  });

  it('writes the header that we read from others', () => {
    const samples = Float32Array.from(FOUR_SAMPLES);
    expect(encodeWav({ samples, sampleRate: 8_000 })).toEqual(wav(FOUR));
  });

  it('is off by at most half a step inside −1…1', async () => {
    const audio = fc.float32Array({ minLength: 1, maxLength: 50, min: -1, max: Math.fround(0.9999), noNaN: true });
    await fc.assert(
      fc.asyncProperty(audio, async (samples) => {
        const decoded = await decodeAudio(encodeWav({ samples, sampleRate: 16_000 }), 'a');
        for (let i = 0; i < samples.length; i++) {
          expect(Math.abs(decoded.samples[i]! - samples[i]!)).toBeLessThanOrEqual(0.5 / 32_768);
        }
      }),
    );
  });
});
