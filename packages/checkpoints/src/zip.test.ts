import { crc32 } from 'node:zlib';
import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { type ByteSource, memorySource } from './byteSource.ts';
import { openZip } from './zip.ts';

const bytesOf = (...fields: readonly (readonly [width: 2 | 4 | 8, value: number])[]) =>
  Buffer.concat(
    fields.map(([width, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, width);
    }),
  );

const FULL = 0xffffffff;

/** An archive of stored files. `long` has zip64 numbers wherever there can be some; `padding` is put into the local extra field. */
function archive(files: Readonly<Record<string, Uint8Array>>, { long = false, padding = 0 } = {}): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const sum = crc32(content);
    const size = long ? FULL : content.length;
    const local = bytesOf(
      [4, 0x04034b50],
      [2, 20],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, sum],
      [4, size],
      [4, size],
      [2, name.length],
      [2, padding],
    );
    // Another extra field comes before that of zip64.
    const numbers = bytesOf(
      [2, 0x7777],
      [2, 2],
      [2, 0],
      [2, 1],
      [2, 24],
      [8, content.length],
      [8, content.length],
      [8, at],
    );
    const extra = long ? numbers : Buffer.alloc(0);
    entries.push(
      bytesOf(
        [4, 0x02014b50],
        [2, 20],
        [2, 20],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, sum],
        [4, size],
        [4, size],
        [2, name.length],
      ),
      bytesOf([2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0], [4, long ? FULL : at]),
      Buffer.from(name),
      extra,
    );
    locals.push(local, Buffer.from(name), Buffer.alloc(padding, 'Z'), Buffer.from(content));
    at += local.length + name.length + padding + content.length;
  }
  const directory = Buffer.concat(entries);
  const count = Object.keys(files).length;
  const end64 = bytesOf(
    [4, 0x06064b50],
    [8, 44],
    [4, 0],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, directory.length],
    [8, at],
  );
  const locator = bytesOf([4, 0x07064b50], [4, 0], [8, at + directory.length], [4, 1]);
  const [few, size, offset] = long ? [0xffff, FULL, FULL] : [count, directory.length, at];
  const end = bytesOf([4, 0x06054b50], [4, 0], [2, few], [2, few], [4, size], [4, offset], [2, 0]);
  return Buffer.concat([...locals, directory, ...(long ? [end64, locator] : []), end]);
}

const FILES = { 'a/x': Buffer.from('some bytes'), 'a/empty': Buffer.alloc(0) };
const open = async (file: Uint8Array) => openZip(memorySource('a.pt', file), 2 ** 20);

describe('openZip', () => {
  it.each([{}, { padding: 61 }, { long: true }, { long: true, padding: 5 }])('reads records: %o', async (options) => {
    const records = await open(archive(FILES, options));
    expect([...records.keys()]).toEqual(Object.keys(FILES));
    for (const [name, content] of Object.entries(FILES)) {
      const record = records.get(name)!;
      expect(record.size).toBe(content.length);
      expect(Buffer.from(await record.read(0, record.size))).toEqual(content);
    }
    const record = records.get('a/x')!;
    expect(Buffer.from(await record.read(5, 8)).toString()).toBe('byt');
  });

  it('reads a part of a long record first, and compares the checksum of all', async () => {
    const content = Buffer.alloc(9_000_000, 'abcdefghijk');
    const file = archive({ 'a/long': content });
    const part = async () => (await open(file)).get('a/long')!.read(4_194_300, 4_194_310);
    expect(Buffer.from(await part())).toEqual(content.subarray(4_194_300, 4_194_310));
    file[8_000_000]! ^= 1;
    await expect(part()).rejects.toThrow(/CRC-32/);
  });

  it('goes through a record once only', async () => {
    const source = memorySource('a.pt', archive({ 'a/x': Buffer.alloc(1000) }));
    let bytes = 0;
    const read = (offset: number, length: number) => {
      bytes += length;
      return source.read(offset, length);
    };
    const counted: ByteSource = { ...source, read };
    const record = (await openZip(counted, 2 ** 20)).get('a/x')!;
    await record.read(0, 1);
    const first = bytes;
    await record.read(10, 30);
    expect(bytes - first).toBe(20);
  });

  it('refuses every file that is cut, by however much', async () => {
    for (const whole of [archive(FILES), archive(FILES, { long: true })]) {
      for (let length = 0; length < whole.length; length++) {
        await expect(open(whole.subarray(0, length))).rejects.toThrow(DataError);
      }
    }
  });

  it.each(['/etc/passwd', 'a/../b', 'a\\..\\b', 'C:/b'])('refuses the name %j', async (name) => {
    await expect(open(archive({ [name]: Buffer.alloc(1) }))).rejects.toThrow(/absolute path|invalid relative path/);
  });

  it('keeps to the limit of its directory', async () => {
    await expect(openZip(memorySource('a.pt', archive(FILES)), 50)).rejects.toThrow(/at most 50 are read/);
  });
});
