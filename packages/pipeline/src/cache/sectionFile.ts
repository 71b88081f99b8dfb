import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { DataError, readAt, writeFileAtomic } from '@refrain/core';

/** Raised when the layout changes, or what the sections mean. Keys count it in, so that files of another version are not found at all. */
export const FILE_VERSION = 1;

/** Length of a key: a SHA-256. */
const KEY_BYTES = 32;
const MAGIC = 0x6e666552; // "Refn"

/** Where the words of the head are. */
const PLACE = { magic: 0, version: 1, key: 2, sections: 2 + KEY_BYTES / 4 } as const;
const WORDS_PER_SECTION = 2;
const wordsOfHead = (sections: number) => PLACE.sections + sections * WORDS_PER_SECTION + 1;

/** Numbers as they lie in a file, one after the other. */
export type Numbers =
  | Uint8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The bytes of a section of an open file whose head is sound. Throws a DataError where they are damaged. */
export type ReadSection = (section: number) => Promise<ArrayBuffer>;

/**
 * Writes a file of sections, whole or not at all. Everything is little-endian:
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | "Refn" |
 * | 4 | version, uint32 |
 * | 32 | key: what the file answers |
 * | 8 per section | its length in bytes and its CRC-32, two uint32 |
 * | 4 | CRC-32 of all bytes before, uint32 |
 * | … | the sections, without gaps: uint8, uint32, float32 or float64 |
 *
 * How many sections there are and what is in them follows from the kind of file, which its name tells.
 */
export async function writeSections(path: string, key: Uint8Array, sections: readonly Numbers[]): Promise<void> {
  const head = new Uint32Array(wordsOfHead(sections.length));
  head[PLACE.magic] = MAGIC;
  head[PLACE.version] = FILE_VERSION;
  bytesOf(head).set(key, 4 * PLACE.key);
  for (const [at, section] of sections.entries()) {
    head.set([section.byteLength, crc32(section)], PLACE.sections + at * WORDS_PER_SECTION);
  }
  head[head.length - 1] = crc32(head.subarray(0, -1));
  await writeFileAtomic(path, async (file) => {
    for (const part of [head, ...sections]) await file.writeFile(bytesOf(part));
  });
}

/**
 * What `read` makes of the file at `path`, which has `count` sections and answers `key`; undefined where there is no such file.
 * Throws a DataError where it is truncated, damaged or another file, and what the operating system throws.
 */
export async function readSections<T>(
  path: string,
  key: Uint8Array,
  count: number,
  read: (section: ReadSection) => Promise<T>,
): Promise<T | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const head = await readHead(file, path, key, count);
    return await read(async (section) => {
      const [bytes, checksum] = head.subarray(PLACE.sections + section * WORDS_PER_SECTION);
      const content = await readWhole(file, startOf(head, section), bytes!, path);
      if (crc32(content) !== checksum) throw new DataError(path, `the checksum of section ${section} does not fit`);
      return content.buffer;
    });
  } finally {
    await file.close();
  }
}

async function readHead(file: FileHandle, path: string, key: Uint8Array, count: number): Promise<Uint32Array> {
  const head = new Uint32Array((await readWhole(file, 0, 4 * wordsOfHead(count), path)).buffer);
  const isWhole = head.at(-1) === crc32(head.subarray(0, -1));
  if (!isWhole || head[PLACE.magic] !== MAGIC || head[PLACE.version] !== FILE_VERSION) {
    throw new DataError(path, `expected the head of a file of sections, version ${FILE_VERSION}, found something else`);
  }
  if (Buffer.compare(new Uint8Array(head.buffer, 4 * PLACE.key, KEY_BYTES), key) !== 0) {
    throw new DataError(path, 'it answers another question than its name says');
  }
  const expected = startOf(head, count);
  const { size } = await file.stat();
  if (size !== expected) throw new DataError(path, `expected ${expected} bytes, found ${size}`);
  return head;
}

/** Where a section begins; for their number, where the file ends. */
function startOf(head: Uint32Array, section: number): number {
  let start = head.byteLength;
  for (let at = 0; at < section; at++) start += head[PLACE.sections + at * WORDS_PER_SECTION]!;
  return start;
}

async function readWhole(file: FileHandle, position: number, length: number, path: string) {
  const bytes = await readAt(file, position, length);
  if (bytes.length < length) throw new DataError(path, `it ends after ${position + bytes.length} bytes`);
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
