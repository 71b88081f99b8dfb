import { readFileSync } from 'node:fs';
import { DataError, seededRandom } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio, readAudioFile, streamAudio } from './decode.ts';
import { findMpegStream } from './mp3.ts';
import { resample } from './resample.ts';
import { encodeWav } from './wav.ts';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

// MPEG 1 layer III, 44.1 kHz: 144 · 128,000 / 44,100 = 417 bytes, and one more with padding.
const frame = latin1(`\xff\xfb\x90\x00${'\0'.repeat(413)}`);
const paddedFrame = latin1(`\xff\xfb\x92\x00${'\0'.repeat(414)}`);
// MPEG 2 layer III, 22.05 kHz, 64 kbit/s: 72 · 64,000 / 22,050 = 208 bytes.
const halfRateFrame = latin1(`\xff\xf3\x80\x00${'\0'.repeat(204)}`);
// Layer II, 128 kbit/s: 144 · 128,000 / 44,100 = 417 bytes. Layer I, 192 kbit/s: 12 · 192,000 / 44,100 = 52 slots of 4 bytes.
const layer2Frame = latin1(`\xff\xfd\x80\x00${'\0'.repeat(413)}`);
const layer1Frame = latin1(`\xff\xff\x60\x00${'\0'.repeat(204)}`);
const monoFrame = latin1(`\xff\xfb\x90\xc0${'\0'.repeat(413)}`);
const id3 = (size: number, footer = false) =>
  latin1(`ID3\x04\0${footer ? '\x10' : '\0'}\0\0${String.fromCharCode(size >> 7, size & 127)}`);
const filler = (length: number) => latin1('t'.repeat(length));

/** The header or footer of an APEv2 tag with `size` bytes of items: the size counts the footer, too. */
function ape(size: number, isHeader: boolean): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(latin1('APETAGEX'));
  bytes.set([0xd0, 0x07, 0, 0, (size + 32) & 255, (size + 32) >> 8, 0, 0, 1], 8);
  bytes[23] = isHeader ? 0xa0 : 0x80;
  return bytes;
}

describe('findMpegStream', () => {
  it('counts frames and samples of MPEG 1 and 2', () => {
    expect(findMpegStream(joined(frame, paddedFrame, frame))).toEqual({
      ranges: [{ start: 0, end: 417 + 418 + 417 }],
      frames: 3,
      mono: false,
      layer: 3,
      sampleRate: 44_100,
      samplesPerFrame: 1152,
      atFront: true,
    });
    expect(findMpegStream(joined(halfRateFrame, halfRateFrame))).toMatchObject({
      frames: 2,
      sampleRate: 22_050,
      samplesPerFrame: 576,
    });
  });

  it('tells mono where no frame has two channels', () => {
    expect(findMpegStream(joined(monoFrame, monoFrame))!.mono).toBe(true);
    expect(findMpegStream(joined(monoFrame, monoFrame, frame, frame))!.mono).toBe(false);
  });

  it('reads layers I and II', () => {
    expect(findMpegStream(joined(layer2Frame, layer2Frame))).toMatchObject({
      ranges: [{ start: 0, end: 834 }],
      layer: 2,
      samplesPerFrame: 1152,
    });
    expect(findMpegStream(joined(layer1Frame, layer1Frame))).toMatchObject({
      ranges: [{ start: 0, end: 416 }],
      layer: 1,
      samplesPerFrame: 384,
    });
  });

  const three = joined(frame, frame, frame);
  const apeFront = joined(ape(50, true), filler(50), ape(50, false));
  it.each<[string, Uint8Array, Uint8Array]>([
    ['ID3v2 tags in a row', joined(id3(20), filler(20), id3(7), filler(7)), three],
    ['an ID3v2.4 tag with a footer', joined(id3(20, true), filler(20), latin1('3DI\x04\0\x10\0\0\0\x14')), three],
    ['an ID3v2 tag that is longer than it says', joined(id3(20), filler(70_000)), three],
    ['an ID3v2 tag that says it is longer than the file', joined(id3(9_000), filler(20)), three],
    ['an ID3v2 tag that says it reaches into the frames', joined(id3(500), filler(20)), three],
    ['an APE tag', apeFront, three],
    ['an APE tag before an ID3v2 tag', joined(apeFront, id3(7), filler(7)), three],
    ['an APE tag behind an ID3v2 tag', joined(id3(7), filler(7), apeFront), three],
    ['an APE tag of a wrong size', joined(ape(9_000, true), filler(50)), three],
    ['zeros', new Uint8Array(100_000), three],
    ['other bytes', filler(100_000), three],
  ])('starts behind %s', (_, front, frames) => {
    const start = front.length;
    expect(findMpegStream(joined(front, frames))!.ranges).toEqual([{ start, end: start + 3 * 417 }]);
  });

  it('ends before APE and ID3v1 tags, whatever is in them', () => {
    const tag = latin1('TAG'.padEnd(128, ' '));
    const picture = joined(frame, frame, frame);
    const size = picture.length;
    const withHeader = joined(three, ape(size, true), picture, ape(size, false), tag);
    expect(findMpegStream(withHeader)!.ranges).toEqual([{ start: 0, end: 3 * 417 }]);
    const wrongSize = joined(three, three, ape(9, true), filler(9), ape(900, false));
    expect(findMpegStream(wrongSize)!.ranges).toEqual([{ start: 0, end: 6 * 417 }]);
  });

  it('says what the frames turn into', () => {
    const halfRate = joined(halfRateFrame, halfRateFrame, halfRateFrame);
    expect(findMpegStream(joined(three, halfRate, three))).toMatchObject({
      ranges: [{ start: 0, end: 3 * 417 }],
      turnsInto: { layer: 3, sampleRate: 22_050 },
    });
    const tagged = joined(three, latin1('TAG'.padEnd(128)), layer2Frame, layer2Frame, layer2Frame);
    expect(findMpegStream(tagged)!.turnsInto).toMatchObject({ layer: 2, sampleRate: 44_100 });
  });

  it('leaves out what lies between frames, and tags behind them', () => {
    const junk = latin1('no frame \xff\xfb\x90\x00 here');
    const tag = latin1('TAG'.padEnd(128, ' '));
    const file = joined(frame, frame, junk, frame, frame, halfRateFrame, latin1('APETAGEX'.padEnd(300, '.')), tag);
    const second = 834 + junk.length;
    expect(findMpegStream(file)!.ranges).toEqual([
      { start: 0, end: 834 },
      { start: second, end: second + 834 },
    ]);
  });

  it('ends with the bytes when the last frame is cut off', () => {
    expect(findMpegStream(joined(frame, frame, frame.subarray(0, 100)))!.ranges).toEqual([{ start: 0, end: 934 }]);
  });
});

describe('mp3 without sound', () => {
  it('frames of zeros decode to silence', async () => {
    const { samples } = await decodeAudio(joined(frame, frame, frame, frame), 'a');
    expect(samples.every((value) => value === 0)).toBe(true);
  });

  it.each<[string, Uint8Array, number]>([
    ['layer I', joined(layer1Frame, layer1Frame, layer1Frame, layer1Frame), 4 * 384],
    ['layer II', joined(layer2Frame, layer2Frame, layer2Frame, layer2Frame), 4 * 1152],
    ['frames of two channels behind frames of one', joined(monoFrame, monoFrame, frame, frame), 4 * 1152],
    ['frames of one channel behind frames of two', joined(frame, frame, monoFrame, monoFrame), 4 * 1152],
  ])('%s decodes whole', async (_, bytes, length) => {
    expect((await decodeAudio(bytes, 'a')).samples).toEqual(new Float32Array(length));
  });

  it.each<[string, Uint8Array, string]>([
    ['another rate', halfRateFrame, 'its sample rate changes from 44100 to 22050 Hz. Split or convert'],
    ['another layer', layer2Frame, 'its coding changes from MPEG layer III to layer II.'],
  ])('frames of %s behind the first are refused', async (_, other, message) => {
    const bytes = joined(frame, frame, frame, other, other, other, frame, frame, frame);
    await expect(decodeAudio(bytes, 'set/song.mp3')).rejects.toThrow(`set/song.mp3: ${message}`);
  });

  it('frames without a stated bit rate are refused by their name', async () => {
    const [free, padded] = [519, 520].map((length) =>
      latin1(`\xff\xfb${length === 520 ? '\x02' : '\0'}\0${'\0'.repeat(length)}`),
    );
    await expect(decodeAudio(joined(padded!, free!, padded!, free!), 'a')).rejects.toThrow(/an mp3 of "free format"/);
    await expect(decodeAudio(joined(id3(7), filler(7), free!, free!, padded!), 'a')).rejects.toThrow(/"free format"/);
  });

  it.each<[string, Uint8Array]>([
    ['text', latin1('lyrics of a song, many times over '.repeat(30))],
    ['300 bytes', frame.subarray(0, 300)],
    ['a tag alone', latin1(`ID3\x04\0\0\0\0\x01\0${'\0'.repeat(128)}`)],
    ['0 bytes', new Uint8Array()],
  ])('%s is refused', async (_, bytes) => {
    await expect(decodeAudio(bytes, 'set/song.mp3')).rejects.toThrow(DataError);
    await expect(decodeAudio(bytes, 'set/song.mp3')).rejects.toThrow(/^set\/song\.mp3: /);
  });
});

describeWithData('field-cases', 'mp3 files of odd kinds', () => {
  const read = (folder: string, name: string) => readAudioFile(testDataPath('field-cases', folder, name));

  it.each(['ape_front', 'id3_art_nonsyncsafe', 'id3_short_size', 'zeros_front'])('%s decodes whole', async (name) => {
    // 155 frames and one that only holds the tag of the encoder.
    const { length } = (await read('mp3_variants', `${name}.mp3`)).samples;
    expect(length).toBeGreaterThanOrEqual(155 * 1152);
    expect(length).toBeLessThanOrEqual(156 * 1152);
  });

  it.each(['intro_then_a', 'intro_then_b'])('%s, whose rate changes, is refused', async (name) => {
    await expect(read('mp3_rate', `${name}.mp3`)).rejects.toThrow(/sample rate changes from 44100 to 22050 Hz/);
  });
});

describeWithData('music-dev', 'mp3 files', () => {
  const clip = (name: string) => testDataPath('music-dev', 'audio', name);
  let bytes: Uint8Array;
  let other: Uint8Array;
  let whole: Float32Array;
  beforeAll(async () => {
    bytes = readFileSync(clip('3/wesnoth-battle_epic-0-29.mp3'));
    other = readFileSync(clip('1/wesnoth-battle-0-29.mp3'));
    whole = (await decodeAudio(bytes, 'a')).samples;
  });

  it('decode without the delay of the encoder, as ffmpeg does', async () => {
    const expected = await readAudioFile(testDataPath('encoders', 'clmr-open', 'check-29s-22k05.wav'));
    expect(whole).toHaveLength(expected.samples.length);
    // Half a step from rounding to 16 bits; the rest is the float arithmetic of two decoders (their difference is at −115 dB).
    expect(greatestDifference(clipped(whole), expected.samples)).toBeLessThan(0.6 / 32_768);
  });

  it('decode and resample to 16 kHz as ffmpeg does', async () => {
    const expected = await readAudioFile(testDataPath('encoders', 'check-6s-16k.wav'));
    const { samples } = await resample({ samples: whole, sampleRate: 22_050 }, 16_000);
    // The golden file was cut out before it was resampled: its last samples are mirrored.
    const common = expected.samples.length - 32;
    const difference = greatestDifference(clipped(samples.subarray(0, common)), expected.samples.subarray(0, common));
    expect(difference).toBeLessThan(0.6 / 32_768);
  });

  it('decode to the same samples whatever was decoded before or at the same time', async () => {
    const three = await Promise.all([bytes, other, bytes].map((file) => decodeAudio(file, 'a')));
    expectSame(three[0]!.samples, whole);
    expectSame(three[2]!.samples, whole);
    expectSame((await decodeAudio(other, 'a')).samples, three[1]!.samples);
  });

  it('leave nothing in the decoder that the next one would find, broken, cut off or given up', async () => {
    const { uniform } = seededRandom('broken');
    const damaged = [10, 200, 3000].map((count) => {
      const copy = Uint8Array.from(bytes);
      for (let i = 0; i < count; i++) copy[Math.floor(uniform() * copy.length)] = Math.floor(uniform() * 256);
      return copy;
    });
    for (const broken of [...damaged, bytes.subarray(0, 50_001), frame.subarray(0, 300)]) {
      await decodeAudio(broken, 'a').catch(() => {});
      expectSame((await decodeAudio(bytes, 'a')).samples, whole);
    }
    const { pieces } = await streamAudio(other, 'a');
    for await (const _ of pieces) break;
    expectSame((await decodeAudio(bytes, 'a')).samples, whole);
  });

  it('are one piece, or pieces of a million samples where they are long', async () => {
    const lengths = async (file: Uint8Array) => {
      const found: number[] = [];
      for await (const [samples] of (await streamAudio(file, 'a')).pieces) found.push(samples!.length);
      return found;
    };
    expect(await lengths(bytes)).toEqual([whole.length]);
    const long = await lengths(joined(bytes, bytes, bytes, bytes, bytes));
    expect(long.length).toBeGreaterThan(2);
    expect(Math.max(...long)).toBeLessThanOrEqual(2 ** 20);
    expect(long.reduce((sum, length) => sum + length)).toBeGreaterThan(4.99 * whole.length);
  });

  it('decode to their beginning when cut off', async () => {
    const { samples } = await decodeAudio(bytes.subarray(0, bytes.length / 2), 'a');
    expect(samples.length / whole.length).toBeGreaterThan(0.49);
    expect(samples.length / whole.length).toBeLessThan(0.51);
    // The last frames of the cut file lack what comes after them.
    const settled = samples.length - 3 * 576;
    expectSame(samples.subarray(0, settled), whole.subarray(0, settled));
  });

  it('are no louder for what stands before or behind the frames', async () => {
    const noise = Uint8Array.from({ length: 20_000 }, (_, i) => (i * i * 7919) >> 5);
    const tag = latin1('TAG'.padEnd(128, ' '));
    const tagged = joined(latin1('ID3\x04\0\0\0\0\x07\x68'), noise.subarray(0, 1000), bytes, tag);
    expectSame((await decodeAudio(tagged, 'a')).samples, whole);
    expectSame((await decodeAudio(joined(bytes, tag, noise), 'a')).samples, whole);
  });

  it('with a hole keep the rest', async () => {
    const holed = joined(bytes.subarray(0, 50_000), bytes.subarray(53_000));
    const { samples } = await decodeAudio(holed, 'a');
    expect(samples.length).toBeGreaterThan(whole.length * 0.97);
    expect(samples.length).toBeLessThan(whole.length);
  });

  it('that are wav files by their content decode as wav', async () => {
    const wav = encodeWav({ samples: whole.subarray(0, 1000), sampleRate: 22_050 });
    expect((await decodeAudio(wav, 'song.mp3')).samples).toHaveLength(1000);
  });

  it('that are too long are refused before they are decoded', async () => {
    await expect(decodeAudio(bytes, 'a', { maxSeconds: 29 })).rejects.toThrow(/maxSeconds/);
  });

  it('of MagnaTagATune decode at their rate', async () => {
    const name = 'joram-moments_of_clarity-08-solipsism-59-88.mp3';
    const { samples, sampleRate } = await readAudioFile(testDataPath('encoders', name));
    expect(sampleRate).toBe(16_000);
    expect(samples.length / sampleRate).toBeCloseTo(29.1, 1);
  });
});

/** As a 16-bit file holds it. */
function clipped(samples: Float32Array): Float32Array {
  return samples.map((value) => Math.max(-1, Math.min(32_767 / 32_768, value)));
}

function greatestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - b[i]!)), 0);
}

// Compared as bytes: element by element takes seconds.
function expectSame(actual: Float32Array, expected: Float32Array): void {
  expect(actual).toHaveLength(expected.length);
  expect(bytesOf(actual).equals(bytesOf(expected))).toBe(true);
}

function bytesOf(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}
