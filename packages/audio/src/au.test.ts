import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { decodeAudio } from './decode.ts';

interface AuParts {
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly dataSize?: number;
  readonly annotation?: string;
}

function au(encoding: number, data: readonly number[], parts: AuParts = {}): Uint8Array {
  const { channels = 1, sampleRate = 22_050, dataSize = data.length, annotation = '\0\0\0\0' } = parts;
  const start = 24 + annotation.length;
  const header = Buffer.alloc(start);
  header.write('.snd', 'latin1');
  for (const [index, value] of [start, dataSize, encoding, sampleRate, channels].entries()) {
    header.writeUInt32BE(value, 4 + index * 4);
  }
  header.write(annotation, 24, 'latin1');
  return Uint8Array.from([...header, ...data]);
}

const floats = (...values: number[]) => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, false);
  return [...new Uint8Array(view.buffer)];
};
const doubles = (...values: number[]) => {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (const [i, value] of values.entries()) view.setFloat64(i * 8, value, false);
  return [...new Uint8Array(view.buffer)];
};

describe('au', () => {
  // The decision values of ITU-T G.711: codes 0x80 and 0x00 are ±8031·4, 0xff and 0x7f are zero, 0xef is the first step of segment 2.
  it.each<[string, number, readonly number[], number[]]>([
    ['µ-law', 1, [0x80, 0x00, 0xff, 0x7f, 0xef], [32_124 / 32_768, -32_124 / 32_768, 0, 0, 132 / 32_768]],
    ['8 bits', 2, [0x40, 0x80, 0xff], [0.5, -1, -1 / 128]],
    ['16 bits', 3, [0x40, 0x00, 0x80, 0x00, 0xff, 0xff], [0.5, -1, -1 / 32_768]],
    ['24 bits', 4, [0x40, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x01], [0.5, -1, 1 / 8_388_608]],
    ['32 bits', 5, [0x40, 0, 0, 0, 0x80, 0, 0, 0], [0.5, -1]],
    ['float32', 6, floats(0.125, -0.75), [0.125, -0.75]],
    ['float64', 7, doubles(0.125, -0.75), [0.125, -0.75]],
  ])('encoding %s', async (_, encoding, data, expected) => {
    const { samples, sampleRate } = await decodeAudio(au(encoding, data), 'a.au');
    expect([...samples].map((value) => value + 0)).toEqual(expected);
    expect(sampleRate).toBe(22_050);
  });

  it('takes the mean of the channels and skips the annotation', async () => {
    const bytes = au(3, [0x40, 0, 0x20, 0], { channels: 2, annotation: 'by somebody\0' });
    expect([...(await decodeAudio(bytes, 'a')).samples]).toEqual([0.375]);
  });

  it.each([0xffffffff, 1_000_000])('a data size of %d means what is there', async (dataSize) => {
    expect((await decodeAudio(au(3, [0x40, 0, 0x20, 0, 7], { dataSize }), 'a')).samples).toHaveLength(2);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['another encoding', au(27, [1, 2]), /encoding 27/],
    ['a header that is cut off', au(3, [1, 2]).subarray(0, 20), /cut off/],
    ['a header alone', au(3, []), /no audio/],
    ['an absurd rate', au(3, [0, 0], { sampleRate: 234_903_074 }), /234903074 Hz/],
    ['no channel', au(3, [0, 0], { channels: 0 }), /0 channels/],
    ['data behind the end', au(3, [0, 0]).subarray(0, 25), /no audio/],
  ])('refuses %s', async (_, bytes, message) => {
    const error = await decodeAudio(bytes, 'a.au').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
  });
});
