import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio, readAudioFile } from './decode.ts';
import { oggCodec, oggLinks, oggPackets, oggPages, pageChecksum } from './ogg.ts';

interface PageFields {
  readonly serial?: number;
  readonly sequence?: number;
  /** The lengths in the page's table, where its packets are not one each. */
  readonly table?: readonly number[];
}

/** A page with one packet shorter than 255 bytes, with the right checksum. */
function page(flags: number, granule: number, body: string, fields: PageFields = {}): Uint8Array {
  const { serial = 0, sequence = 0, table = [body.length] } = fields;
  const bytes = new Uint8Array(27 + table.length + body.length);
  bytes.set(Buffer.from('OggS\0', 'latin1'));
  bytes[5] = flags;
  const view = new DataView(bytes.buffer);
  view.setBigInt64(6, BigInt(granule), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  bytes[26] = table.length;
  bytes.set(table, 27);
  bytes.set(Buffer.from(body, 'latin1'), 27 + table.length);
  view.setUint32(22, pageChecksum(bytes, 0, bytes.length), true);
  return bytes;
}

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

describe('Ogg pages', () => {
  const file = joined(page(2, 0, 'first'), page(0, 100, 'middle'), page(4, 150, 'last'));

  it('are read with their granules', () => {
    const common = { serial: 0, sequence: 0, continued: false };
    expect([...oggPages(file)]).toEqual([
      { ...common, start: 0, body: 28, end: 33, firstOfStream: true, granule: 0 },
      { ...common, start: 33, body: 61, end: 67, firstOfStream: false, granule: 100 },
      { ...common, start: 67, body: 95, end: 99, firstOfStream: false, granule: 150 },
    ]);
  });

  it('are left out when damaged or cut off', () => {
    const damaged = file.slice();
    damaged[64]! ^= 1;
    expect([...oggPages(damaged)].map(({ start }) => start)).toEqual([0, 67]);
    expect([...oggPages(file.subarray(0, -1))].map(({ start }) => start)).toEqual([0, 33]);
    expect([...oggPages(joined(file.subarray(40), file))]).toHaveLength(4);
  });

  it('divide into streams side by side and one after another', () => {
    const [sound, video] = [{ serial: 7 }, { serial: 8 }];
    const both = joined(page(2, 0, '\x80theora', video), page(2, 0, '\x01vorbis', sound), page(0, 9, 'a', sound));
    const links = oggLinks(
      joined(both, page(0, 3, 'b', video), page(4, 20, 'c', sound), page(2, 0, 'OpusHead', sound)),
    );
    expect(links.map((link) => link.map(({ codec, pages }) => [codec, pages.length]))).toEqual([
      [
        ['Theora video', 2],
        ['Vorbis', 3],
      ],
      [['Opus', 1]],
    ]);
    expect(oggCodec(both)).toBe('Vorbis');
  });

  it('give their packets whole, and none of which a part is missing', () => {
    const long = 'x'.repeat(255);
    const pages = [
      page(1, 1, 'rest', { sequence: 4 }),
      page(0, 2, `ab${long}`, { sequence: 5, table: [1, 1, 255] }),
      page(1, -1, long, { sequence: 6, table: [255] }),
      page(1, 4, 'endcde', { sequence: 7, table: [3, 3] }),
      page(0, -1, long, { sequence: 8, table: [255] }),
      page(1, 9, 'endf', { sequence: 10, table: [3, 1] }),
      page(0, -1, long, { sequence: 11, table: [255] }),
      page(0, 10, 'g', { sequence: 12 }),
    ];
    const file = joined(page(2, 0, 'first'), ...pages);
    const packets = [...oggPackets(file, oggLinks(file)[0]![0]!.pages)];
    const texts = packets.map((page) => page.packets.map((packet) => Buffer.from(packet).toString('latin1')));
    expect(texts).toEqual([['first'], [], ['a', 'b'], [], [`${long}${long}end`, 'cde'], [], ['f'], [], ['g']]);
    expect(packets.map(({ granule }) => granule)).toEqual([0, 1, 2, -1, 4, -1, 9, -1, 10]);
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

/** The pages of an Ogg file, as bytes that may be changed. */
function pagesOf(bytes: Uint8Array): Uint8Array[] {
  return [...oggPages(bytes)].map(({ start, end }) => bytes.slice(start, end));
}

/** The page with changed fields and the checksum that goes with them. */
function changed(original: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const bytes = original.slice();
  const view = new DataView(bytes.buffer);
  change(view);
  view.setUint32(22, pageChecksum(bytes, 0, bytes.length), true);
  return bytes;
}

const granuleOf = (bytes: Uint8Array) => Number(new DataView(bytes.buffer).getBigInt64(6, true));
const counting = (from: number) => (bytes: Uint8Array, i: number) =>
  changed(bytes, (view) => i > 1 && view.setBigInt64(6, BigInt(granuleOf(bytes) + from), true));

describeWithData('field-cases', 'an Ogg file with a Skeleton stream', () => {
  it('decodes', async () => {
    const path = testDataPath('field-cases', 'ogg_variants', 'skeleton.ogg');
    const { samples, sampleRate } = await readAudioFile(path);
    // 4 seconds, as ffmpeg and oggdec give them.
    expect([samples.length, sampleRate]).toEqual([176_400, 44_100]);
  });
});

describeWithData('esc10-dev', 'Vorbis files of odd kinds', () => {
  let dog: Uint8Array;
  let whole: Float32Array;
  let pages: Uint8Array[];
  const decode = async (...parts: Uint8Array[]) => (await decodeAudio(joined(...parts), 'set/a.ogg')).samples;
  beforeAll(async () => {
    const folder = testDataPath('esc10-dev', 'audio', 'dog_bark');
    dog = Uint8Array.from(readFileSync(join(folder, readdirSync(folder).sort()[0]!)));
    whole = await decode(dog);
    pages = pagesOf(dog);
  });

  it('decode beside other streams, in any order', async () => {
    const other = (flags: number, text: string, sequence: number) =>
      page(flags, sequence, text, { serial: 99, sequence });
    const video = [other(2, '\x80theora', 0), other(0, 'one', 1), other(4, 'two', 2)] as const;
    const [first, ...rest] = pages;
    expectSame(await decode(video[0], first!, video[1], ...rest.flatMap((bytes) => [other(0, 'x', 1), bytes])), whole);
    expectSame(await decode(first!, video[0], video[1], ...rest, video[2]), whole);
    expectSame(await decode(first!, page(2, 0, 'fishead\0', { serial: 3 }), ...rest), whole);
  });

  it('decode to the same whatever their pages count from', async () => {
    expectSame(await decode(...pages.map(counting(1_000_000))), whole);
    expectSame(await decode(...pages.map(counting(-50_000))), whole);
  });

  it('that are cut decode from the cut on, with the length that their pages count', async () => {
    const cut = await decode(...pages.slice(0, 2), ...pages.slice(5));
    // The first packet behind the cut only prepares the second.
    const first = granuleOf(pages[4]!);
    expect(cut.length).toBeLessThanOrEqual(whole.length - first);
    expect(cut.length).toBeGreaterThan(whole.length - first - 2048);
    expectSame(cut, whole.subarray(whole.length - cut.length));
  });

  it('decode whole though a page counts too far', async () => {
    for (const wrong of [2, 4]) {
      const far = pages.map((bytes, i) => (i === wrong ? counting(448)(bytes, i) : bytes));
      expectSame(await decode(...far), whole);
      const cut = [...pages.slice(0, 2), ...pages.slice(2).map((bytes) => counting(90_000)(bytes, 2))];
      expectSame(await decode(...cut.map((bytes, i) => (i === wrong ? counting(448)(bytes, i) : bytes))), whole);
    }
  });

  it('with a first page that counts less than it holds lose the beginning, as their encoder wished', async () => {
    expectSame(await decode(...pages.map(counting(-1000))), whole.subarray(1000));
  });

  it('decode behind an ID3 tag', async () => {
    expectSame(await decode(Buffer.from('ID3\x04\0\0\0\0\0\x05title', 'latin1'), dog), whole);
  });

  it('with large pictures in their comments decode', async () => {
    const long = 'x'.repeat(255 * 255);
    const table = new Array(255).fill(255);
    const picture = [1, 2].map((sequence) =>
      page(sequence - 1, -1, `\x03${long}`.slice(0, 65_025), { table, sequence }),
    );
    const serial = new DataView(dog.buffer).getUint32(14, true);
    const comments = [...picture, page(1, 0, 'end', { sequence: 3 })];
    const inStream = comments.map((bytes) => changed(bytes, (view) => view.setUint32(14, serial, true)));
    expectSame(await decode(pages[0]!, ...inStream, ...pages.slice(1)), whole);
  });

  it.each<[string, () => Uint8Array[], RegExp]>([
    [
      'two audio streams',
      () => [pages[0]!, page(2, 0, '\x01vorbis', { serial: 9 }), ...pages.slice(1)],
      /2 audio streams/,
    ],
    ['Opus beside it', () => [pages[0]!, page(2, 0, 'OpusHead', { serial: 9 }), ...pages.slice(1)], /Vorbis and Opus/],
    ['Opus behind it', () => [...pages, page(2, 0, 'OpusHead'), page(4, 9, 'x')], /codec changes from Vorbis to Opus/],
    ['something behind it', () => [...pages, page(2, 0, 'other')], /codec changes from Vorbis to unknown/],
  ])('with %s are refused', async (_, parts, message) => {
    await expect(decode(...parts())).rejects.toThrow(message);
    await expect(decode(...parts())).rejects.toThrow(/^set\/a\.ogg: /);
  });

  it('that go on with other channels or another rate are refused', async () => {
    const [header, ...rest] = pages;
    const channels = changed(header!, (view) => view.setUint8(28 + 11, 2));
    const rate = changed(header!, (view) => view.setUint32(28 + 12, 44_100, true));
    await expect(decode(dog, rate, ...rest)).rejects.toThrow(/sample rate changes from 22050 to 44100 Hz/);
    await expect(decode(dog, channels, ...rest)).rejects.toThrow(DataError);
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

  // In 2-77945-A the last page but one counts a page too far, in 5-198411-F the first counts a block too far, and in 2-151079-A the last packets are of one byte.
  it.each(['chainsaw/2-77945-A.ogg', 'baby_cry/5-198411-F.ogg', 'baby_cry/2-151079-A.ogg'])(
    '%s has the length it claims',
    async (name) => {
      const bytes = file(name);
      const lastPage = bytes.lastIndexOf('OggS');
      expect(await decode(bytes)).toHaveLength(Number(bytes.readBigInt64LE(lastPage + 6)));
    },
  );

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
