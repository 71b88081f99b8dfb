import { DataError } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio, readAudioFile, streamAudio } from './decode.ts';
import { pageChecksum } from './ogg.ts';

// A FLAC writer for verbatim and constant subframes (RFC 9639), so that the expected samples are known exactly.

type Bits = 16 | 24 | 32;

interface FlacParts {
  readonly channels?: number;
  readonly bits?: Bits;
  /** Whether the frames leave their rate and their bits to the header of the file. */
  readonly terse?: boolean;
  /** In the header of the file; the frames of other rates than 22,050 Hz are terse. */
  readonly sampleRate?: number;
  /** 0 is "unknown". */
  readonly totalSamples?: number;
}

const BLOCK = 64;
const RATE_CODE_22050 = 6;
const SIZE_CODES = { 16: 4, 24: 6, 32: 7 };

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
function frame(number: number, channels: readonly (readonly number[])[], bits: Bits, terse: boolean): number[] {
  const [sizeCode, rateCode] = terse ? [0, 0] : [SIZE_CODES[bits], RATE_CODE_22050];
  const blockSize8Bit = 6;
  const header = [0xff, 0xf8, (blockSize8Bit << 4) | rateCode, ((channels.length - 1) << 4) | (sizeCode << 1)];
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
  const { bits = 16, totalSamples = channels[0]!.length, sampleRate = 22_050 } = parts;
  const { terse = sampleRate !== 22_050 } = parts;
  const packed = sampleRate * 4096 + (channels.length - 1) * 512 + (bits - 1) * 16 + Math.floor(totalSamples / 2 ** 32);
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
    frames.push(...frame(i, block, bits, terse));
  }
  return Uint8Array.from([...Buffer.from('fLaC'), 0x00, 0, 0, 34, ...streamInfo, ...padding, ...frames]);
}

const left = Array.from({ length: BLOCK * 3 }, (_, i) => ((i * 7919) % 65_536) - 32_768);
const right = Array.from({ length: BLOCK * 3 }, (_, i) => (i < BLOCK ? 1000 : -((i * 104_729) % 32_768)));

/** An Ogg page with one packet shorter than 255 bytes, with the right checksum. */
function oggPage(flags: number, serial: number, packet: Uint8Array): Uint8Array {
  const page = Buffer.alloc(28 + packet.length);
  page.write('OggS');
  page[5] = flags;
  page.writeUInt32LE(serial, 14);
  page.set([1, packet.length], 26);
  page.set(packet, 28);
  page.writeUInt32LE(pageChecksum(page, 0, page.length), 22);
  return page;
}

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

  it('decodes 32 bits', async () => {
    const values = left.map((value, i) => value * 65_536 + i);
    const { samples } = await decodeAudio(flac([values], { bits: 32 }), 'a.flac');
    expect(samples).toHaveLength(values.length);
    for (const [i, value] of values.entries()) expect(Math.abs(samples[i]! - value / 2 ** 31)).toBeLessThan(2 ** -23);
  });

  it('decodes frames that leave their rate and their bits to the header of the file', async () => {
    const { samples, sampleRate } = await decodeAudio(flac([left], { terse: true, sampleRate: 11_111 }), 'a.flac');
    expect(sampleRate).toBe(11_111);
    expect([...samples]).toEqual(left.map((value) => value / 32_768));
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

  const scaled = left.map((value) => value / 32_768);
  // Its header has 7 bytes and a subframe 1 more; the samples follow, then the checksum.
  const frameLength = 7 + 1 + BLOCK * 2 + 2;

  it('leaves out a damaged frame, and it alone', async () => {
    const damaged = flac([left]);
    damaged[damaged.length - frameLength - 20]! ^= 0xff;
    const { samples } = await decodeAudio(damaged, 'a.flac');
    expect([...samples]).toEqual([...scaled.slice(0, BLOCK), ...scaled.slice(BLOCK * 2)]);
  });

  it('leaves out a frame with a damaged header, and it alone', async () => {
    const damaged = flac([left]);
    damaged[damaged.length - frameLength * 2 + 3]! ^= 0x10;
    const { samples } = await decodeAudio(damaged, 'a.flac');
    expect([...samples]).toEqual([...scaled.slice(0, BLOCK), ...scaled.slice(BLOCK * 2)]);
  });

  it.each<[string, Uint8Array]>([
    ['an ID3v1 tag', Buffer.from('TAG'.padEnd(128), 'latin1')],
    ['foreign bytes', Buffer.from('these are no frames', 'latin1')],
    ['zeros', new Uint8Array(5000)],
  ])('%s behind the last frame costs nothing', async (_, behind) => {
    const { samples } = await decodeAudio(Buffer.concat([flac([left]), behind]), 'a.flac');
    expect([...samples]).toEqual(scaled);
  });

  it.each([60, 1000, 16_000_000])('metadata that says it is %i bytes long costs nothing', async (length) => {
    const file = flac([left]);
    // The padding block behind the stream info has 5 bytes.
    file.set(bigEndian(length, 3), 43);
    expect([...(await decodeAudio(file, 'a.flac')).samples]).toEqual(scaled);
  });

  it('decodes files one behind another, of other bits too', async () => {
    const second = flac([left.map((value) => value * 256)], { bits: 24 });
    const { samples } = await decodeAudio(Buffer.concat([flac([left]), second]), 'a.flac');
    expect([...samples]).toEqual([...scaled, ...scaled]);
  });

  it('refuses frames of other channels behind the first', async () => {
    const both = Buffer.concat([stereo, flac([left])]);
    await expect(decodeAudio(both, 'a.flac')).rejects.toThrow(/number of channels changes from 2 to 1/);
  });

  it('decodes in Ogg, beside other streams and one stream after another', async () => {
    const file = flac([left]);
    const frames = Array.from({ length: 3 }, (_, i) =>
      file.subarray(file.length - frameLength * (3 - i)).subarray(0, frameLength),
    );
    const header = Buffer.concat([Buffer.from('\x7fFLAC\x01\0\0\x01', 'latin1'), file.subarray(0, 42)]);
    const comments = Buffer.from('\x84\0\0\0', 'latin1');
    const video = oggPage(2, 9, Buffer.from('\x80theora', 'latin1'));
    const stream = [oggPage(2, 1, header), comments, ...frames].map((part, i) =>
      i === 0 ? part : oggPage(0, 1, part),
    );
    const { samples } = await decodeAudio(Buffer.concat([video, ...stream, ...stream]), 'a.oga');
    expect([...samples]).toEqual([...scaled, ...scaled]);
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

describeWithData('field-cases', 'a FLAC file of 32 bits', () => {
  it('decodes', async () => {
    const { samples, sampleRate } = await readAudioFile(testDataPath('field-cases', 'hostile', 'flac32.flac'));
    expect([samples.length, sampleRate]).toEqual([132_300, 44_100]);
    // As the program flac decodes both channels, of which 24 bits are kept.
    for (const [i, value] of [
      [1000, 110_628_180],
      [1001, 57_863_361],
      [66_000, -245_624_710],
      [132_299, -242_368_138],
    ] as const) {
      expect(Math.abs(samples[i]! - value / 2 ** 31)).toBeLessThan(2 ** -24);
    }
  });
});

it('long silence in few bytes decodes in pieces, not at once', async () => {
  const silence = new Array<number>(100 * BLOCK).fill(0);
  const lengths: number[] = [];
  const { pieces } = await streamAudio(flac([silence, silence]), 'a.flac');
  for await (const [left, right] of pieces) {
    expect(right).toHaveLength(left!.length);
    lengths.push(left!.length);
  }
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(100 * BLOCK);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(32 * BLOCK);
});
