import { readdirSync, readFileSync } from 'node:fs';
import { DataError } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from './decode.ts';
import { oggPages, pageChecksum, vorbisLinks } from './ogg.ts';

/** A page with one packet, with the right checksum. */
function page(flags: number, granule: number, packet: string): Uint8Array {
  const bytes = new Uint8Array(28 + packet.length);
  bytes.set(Buffer.from('OggS\0', 'latin1'));
  bytes[5] = flags;
  const view = new DataView(bytes.buffer);
  view.setBigInt64(6, BigInt(granule), true);
  bytes[26] = 1;
  bytes[27] = packet.length;
  bytes.set(Buffer.from(packet, 'latin1'), 28);
  view.setUint32(22, pageChecksum(bytes, 0, bytes.length), true);
  return bytes;
}

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

describe('Ogg pages', () => {
  const file = joined(page(2, 0, 'first'), page(0, 100, 'middle'), page(4, 150, 'last'));

  it('are read with their granules', () => {
    expect([...oggPages(file)]).toEqual([
      { start: 0, end: 33, firstOfStream: true, granule: 0 },
      { start: 33, end: 67, firstOfStream: false, granule: 100 },
      { start: 67, end: 99, firstOfStream: false, granule: 150 },
    ]);
  });

  it('are left out when damaged or cut off', () => {
    const damaged = file.slice();
    damaged[64]! ^= 1;
    expect([...oggPages(damaged)].map(({ start }) => start)).toEqual([0, 67]);
    expect([...oggPages(file.subarray(0, -1))].map(({ start }) => start)).toEqual([0, 33]);
    expect([...oggPages(joined(file.subarray(40), file))]).toHaveLength(4);
  });

  it('divide into chained streams', () => {
    const links = vorbisLinks(joined(file, file));
    expect(links.map(({ samples }) => samples)).toEqual([150, 150]);
    expect(links.map(({ pages }) => pages.length)).toEqual([3, 3]);
  });

  it.each([
    ['Opus', 'OpusHead\x01\x02', /Opus.*Convert/],
    ['Speex', 'Speex   1.2', /Speex.*Convert/],
    ['Vorbis without audio', '\x01vorbis\0\0\0\0\x01\x22\x56\0\0', /no frame/],
    ['Vorbis with an absurd rate', '\x01vorbis\0\0\0\0\x01\xff\xff\xff\x7f', /2147483647 Hz/],
  ])('with %s are refused', async (_, packet, message) => {
    const error = await decodeAudio(page(2, 0, packet), 'a.ogg').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
  });
});

describeWithData('esc10-dev', 'Vorbis files', () => {
  const file = (name: string) => readFileSync(testDataPath('esc10-dev', 'audio', name));
  const decode = async (bytes: Uint8Array) => (await decodeAudio(bytes, 'a.ogg')).samples;
  let dog: Uint8Array;
  let rain: Uint8Array;
  beforeAll(() => {
    const first = (folder: string) => readdirSync(testDataPath('esc10-dev', 'audio', folder)).sort()[0]!;
    dog = file(`dog_bark/${first('dog_bark')}`);
    rain = file(`rain/${first('rain')}`);
  });

  // In 2-77945-A the last page but one counts a page too far, and in 2-151079-A the last packets are of one byte.
  it.each(['chainsaw/2-77945-A.ogg', 'baby_cry/2-151079-A.ogg'])('%s has the length it claims', async (name) => {
    const bytes = file(name);
    const lastPage = bytes.lastIndexOf('OggS');
    expect(await decode(bytes)).toHaveLength(Number(bytes.readBigInt64LE(lastPage + 6)));
  });

  it('decode to sound, not to silence or noise', async () => {
    const samples = await decode(dog);
    const peak = samples.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
    expect(samples.length / 22_050).toBeCloseTo(5, 1);
    expect(peak).toBeGreaterThan(0.01);
    expect(peak).toBeLessThan(1.5);
  });

  it('decode to the same samples at the same time as others', async () => {
    const [first, , third] = await Promise.all([decode(dog), decode(rain), decode(dog)]);
    expectSame(third, first);
    expectSame(await decode(dog), first);
  });

  it('decode one after another when chained', async () => {
    const [first, second] = [await decode(dog), await decode(rain)];
    const chained = await decode(joined(dog, rain));
    expectSame(chained.subarray(0, first.length), first);
    expectSame(chained.subarray(first.length), second);
  });

  it('decode to their beginning when cut off', async () => {
    const whole = await decode(dog);
    const part = await decode(dog.subarray(0, dog.length * 0.7));
    expect(part.length).toBeGreaterThan(whole.length * 0.3);
    expectSame(part, whole.subarray(0, part.length));
  });

  it('are not made noise by damage', async () => {
    const damaged = Uint8Array.from(rain);
    const { start, end } = [...oggPages(rain)][4]!;
    damaged.fill(0x5a, start + 200, end);
    const whole = await decode(rain);
    const part = await decode(damaged);
    expect(part.length).toBeLessThan(whole.length);
    expect(part.length).toBeGreaterThan(whole.length / 2);
    const loudest = (samples: Float32Array) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(loudest(part)).toBeLessThan(loudest(whole) * 1.5);
  });

  it('that are too long are refused', async () => {
    await expect(decodeAudio(dog, 'a', { maxSeconds: 4 })).rejects.toThrow(/maxSeconds/);
  });
});

// Compared as bytes: element by element takes seconds.
function expectSame(actual: Float32Array, expected: Float32Array): void {
  expect(actual).toHaveLength(expected.length);
  expect(bytesOf(actual).equals(bytesOf(expected))).toBe(true);
}

function bytesOf(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}
