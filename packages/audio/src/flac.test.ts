import { DataError } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from './decode.ts';

// A FLAC writer for verbatim and constant subframes (RFC 9639), so that the expected samples are known exactly.

interface FlacParts {
  readonly channels?: number;
  readonly bits?: 16 | 24;
  /** 0 is "unknown". */
  readonly totalSamples?: number;
}

const BLOCK = 64;
const RATE_CODE_22050 = 6;

function crc(bytes: readonly number[], width: 8 | 16, polynomial: number): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ ((value >> (width - 1)) & 1 ? polynomial : 0);
    value &= 2 ** width - 1;
  }
  return value;
}

const bigEndian = (value: number, length: number) =>
  Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) & 0xff);

/** One frame of `BLOCK` samples; a channel whose samples are all equal becomes a constant subframe. */
function frame(number: number, channels: readonly (readonly number[])[], bits: 16 | 24): number[] {
  const sizeCode = bits === 16 ? 4 : 6;
  const blockSize8Bit = 6;
  const header = [0xff, 0xf8, (blockSize8Bit << 4) | RATE_CODE_22050, ((channels.length - 1) << 4) | (sizeCode << 1)];
  header.push(number, BLOCK - 1);
  header.push(crc(header, 8, 0x07));
  const subframes = channels.flatMap((samples) => {
    const sample = (value: number) => bigEndian(value, bits / 8);
    const isConstant = samples.every((value) => value === samples[0]);
    return isConstant ? [0x00, ...sample(samples[0]!)] : [0x02, ...samples.flatMap(sample)];
  });
  const content = [...header, ...subframes];
  return [...content, ...bigEndian(crc(content, 16, 0x8005), 2)];
}

function flac(channels: readonly (readonly number[])[], parts: FlacParts = {}): Uint8Array {
  const { bits = 16, totalSamples = channels[0]!.length } = parts;
  const packed = 22_050 * 4096 + (channels.length - 1) * 512 + (bits - 1) * 16 + Math.floor(totalSamples / 2 ** 32);
  const streamInfo = [
    ...bigEndian(BLOCK, 2),
    ...bigEndian(BLOCK, 2),
    ...new Array(6).fill(0),
    ...bigEndian(packed, 4),
    ...bigEndian(totalSamples, 4),
    ...new Array(16).fill(0),
  ];
  const padding = [0x81, 0, 0, 5, 0xff, 0xf8, 0xff, 0xf8, 0];
  const frames = [];
  for (let i = 0; i * BLOCK < channels[0]!.length; i++) {
    const block = channels.map((samples) => samples.slice(i * BLOCK, (i + 1) * BLOCK));
    frames.push(...frame(i, block, bits));
  }
  return Uint8Array.from([...Buffer.from('fLaC'), 0x00, 0, 0, 34, ...streamInfo, ...padding, ...frames]);
}

const left = Array.from({ length: BLOCK * 3 }, (_, i) => ((i * 7919) % 65_536) - 32_768);
const right = Array.from({ length: BLOCK * 3 }, (_, i) => (i < BLOCK ? 1000 : -((i * 104_729) % 32_768)));

describe('FLAC', () => {
  let stereo: Uint8Array;
  beforeAll(() => {
    stereo = flac([left, right]);
  });

  it('decodes 16 bits exactly', async () => {
    const { samples, sampleRate } = await decodeAudio(flac([left]), 'a.flac');
    expect(sampleRate).toBe(22_050);
    expect([...samples]).toEqual(left.map((value) => value / 32_768));
  });

  it('decodes 24 bits exactly', async () => {
    const values = left.map((value) => value * 256 + 77);
    const { samples } = await decodeAudio(flac([values], { bits: 24 }), 'a.flac');
    expect([...samples]).toEqual(values.map((value) => value / 8_388_608));
  });

  it('takes the mean of the channels', async () => {
    const { samples } = await decodeAudio(stereo, 'a.flac');
    expect([...samples]).toEqual(left.map((value, i) => (value + right[i]!) / 65_536));
  });

  it('may stand behind an ID3v2 tag', async () => {
    const tagged = Uint8Array.from([...Buffer.from('ID3\x03\0\0\0\0\0\x05title', 'latin1'), ...stereo]);
    expect(await decodeAudio(tagged, 'a')).toEqual(await decodeAudio(stereo, 'a'));
  });

  it('gives the whole frames of a file that is cut off', async () => {
    const { samples } = await decodeAudio(stereo.subarray(0, -30), 'a.flac');
    expect([...samples]).toEqual(left.slice(0, BLOCK * 2).map((value, i) => (value + right[i]!) / 65_536));
  });

  it('never decodes a damaged frame', async () => {
    const damaged = flac([left]);
    const frameLength = 7 + 1 + BLOCK * 2 + 2;
    damaged[damaged.length - frameLength - 20]! ^= 0xff;
    const { samples } = await decodeAudio(damaged, 'a.flac');
    const sound = [...left.slice(0, BLOCK), ...left.slice(BLOCK * 2)].map((value) => value / 32_768);
    // The parser may pass over sound frames behind a damaged one, too.
    expect(samples.length).toBeGreaterThanOrEqual(BLOCK);
    expect([...samples]).toEqual(sound.slice(0, samples.length));
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    ['a header alone', () => stereo.subarray(0, 51), /no frame/],
    ['a header that is cut off', () => stereo.subarray(0, 20), /cut off/],
    ['frames of noise', () => stereo.map((byte, i) => (i < 51 ? byte : byte ^ 0x55)), /no frame/],
    ['too long by its header', () => flac([left], { totalSamples: 2 ** 36 - 1 }), /maxSeconds/],
  ])('refuses %s', async (_, bytes, message) => {
    const error = await decodeAudio(bytes(), 'a.flac').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
  });
});
