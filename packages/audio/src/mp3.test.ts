import { readFileSync } from 'node:fs';
import { DataError } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from './decode.ts';
import { encodeWav } from './encodeWav.ts';
import { findMpegStream } from './mpegFrames.ts';
import { readAudioFile } from './readAudioFile.ts';
import { resample } from './resample.ts';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

// MPEG 1 layer III, 44.1 kHz: 144 · 128,000 / 44,100 = 417 bytes, and one more with padding.
const frame = latin1(`\xff\xfb\x90\x00${'\0'.repeat(413)}`);
const paddedFrame = latin1(`\xff\xfb\x92\x00${'\0'.repeat(414)}`);
// MPEG 2 layer III, 22.05 kHz, 64 kbit/s: 72 · 64,000 / 22,050 = 208 bytes.
const halfRateFrame = latin1(`\xff\xf3\x80\x00${'\0'.repeat(204)}`);

describe('findMpegStream', () => {
  it('counts frames and samples of MPEG 1 and 2', () => {
    expect(findMpegStream(joined(frame, paddedFrame, frame))).toEqual({
      ranges: [{ start: 0, end: 417 + 418 + 417 }],
      frames: 3,
      sampleRate: 44_100,
      samplesPerFrame: 1152,
    });
    expect(findMpegStream(joined(halfRateFrame, halfRateFrame))).toMatchObject({
      frames: 2,
      sampleRate: 22_050,
      samplesPerFrame: 576,
    });
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
