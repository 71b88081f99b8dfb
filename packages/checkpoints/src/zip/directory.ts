import { type ByteSource, readBytes } from '../byteSource.ts';
import { quoted, refusal } from '../refusal.ts';

/** Where the central directory of a zip archive lies. */
export interface Directory {
  readonly offset: number;
  readonly size: number;
  /** How many entries it has. */
  readonly entries: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const ENTRY_BYTES = 46;
// A record per storage: the largest models have some thousands.
const MAX_ENTRIES = 2 ** 16;

/**
 * Finds the central directory by the end record (APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16). The record has to be the last 22 bytes:
 * torch writes no comment, and a file that was cut has something else there. Throws a DataError where records contradict each other or
 * the file.
 */
export async function findDirectory(source: ByteSource, maxBytes: number): Promise<Directory> {
  const fail = (reason: string) => refusal(source.name, `the zip archive ${reason}.`);
  if (source.size < END_BYTES) throw fail(`ends after ${source.size} bytes: it is cut`);
  const endAt = source.size - END_BYTES;
  const end = viewOf(await source.read(endAt, END_BYTES));
  if (end.getUint32(0, true) !== END || end.getUint16(20, true) !== 0) {
    throw fail('has no directory at its end: it is cut, or something was added to it');
  }
  const short = {
    disks: [end.getUint16(4, true), end.getUint16(6, true)],
    counts: [end.getUint16(8, true), end.getUint16(10, true)],
    size: end.getUint32(12, true),
    offset: end.getUint32(16, true),
  };
  const long = await longEnd(source, endAt);
  const saysLong = short.size === 0xffffffff || short.offset === 0xffffffff || short.counts.includes(0xffff);
  if (long === undefined && saysLong) throw fail('lacks its zip64 record');
  const agrees = (a: number, b: number, full: number) => a === b || a === full;
  const { disks, counts, size, offset } = long ?? short;
  if (!agrees(short.size, size, 0xffffffff) || !agrees(short.offset, offset, 0xffffffff)) {
    throw fail('has two end records that contradict each other');
  }
  if (!short.counts.every((count, i) => agrees(count, counts[i]!, 0xffff)) || counts[0] !== counts[1]) {
    throw fail('has end records that contradict each other on the number of its entries');
  }
  if ([...disks, ...short.disks].some((disk) => disk !== 0)) throw fail('is one part of several');
  if (offset + size !== (long?.at ?? endAt)) throw fail('has no directory where its end record says');
  if (size > maxBytes) throw fail(`has a directory of ${size} bytes; at most ${maxBytes} are read`);
  if (counts[0]! * ENTRY_BYTES > size) throw fail(`claims ${counts[0]} entries, more than its directory holds`);
  if (counts[0]! > MAX_ENTRIES) throw fail(`has ${counts[0]} entries; at most ${MAX_ENTRIES} are read`);
  return { offset, size, entries: counts[0]! };
}

async function longEnd(source: ByteSource, endAt: number) {
  const at = endAt - LOCATOR_BYTES - END64_BYTES;
  if (at < 0) return undefined;
  const records = viewOf(await source.read(at, END64_BYTES + LOCATOR_BYTES));
  if (records.getUint32(END64_BYTES, true) !== LOCATOR) return undefined;
  const number = (offset: number) => Number(records.getBigUint64(offset, true));
  const isHere =
    records.getUint32(0, true) === END64 && number(4) === END64_BYTES - 12 && number(END64_BYTES + 8) === at;
  if (!isHere) throw refusal(source.name, 'the zip archive has no zip64 record where it should be: it is damaged.');
  return {
    at,
    disks: [records.getUint32(16, true), records.getUint32(20, true), records.getUint32(END64_BYTES + 4, true)],
    counts: [number(24), number(32)],
    size: number(40),
    offset: number(48),
  };
}

/** One line of the central directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  /** 0 is stored, that is not compressed. */
  readonly method: number;
  /** CRC-32 of the content. */
  readonly crc: number;
  readonly storedSize: number;
  readonly size: number;
  /** Where the local header begins. */
  readonly offset: number;
}

/** The entries of the directory, in its order. Throws a DataError where they are malformed or do not fill it. */
export async function readDirectory(
  source: ByteSource,
  { offset, size, entries }: Directory,
): Promise<DirectoryEntry[]> {
  const bytes = await readBytes(source, offset, size, 'the directory of the zip archive');
  const found: DirectoryEntry[] = [];
  let at = 0;
  for (let i = 0; i < entries; i++) {
    if (at + ENTRY_BYTES > size) throw refusal(source.name, 'the directory of the zip archive is cut.');
    const view = viewOf(bytes, at);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(field, true));
    const next = at + ENTRY_BYTES + nameBytes! + extraBytes! + commentBytes!;
    if (view.getUint32(0, true) !== 0x02014b50 || next > size) {
      throw refusal(source.name, `entry ${i} in the directory of the zip archive is damaged.`);
    }
    const name = nameOf(source, bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes!));
    const extra = bytes.subarray(at + ENTRY_BYTES + nameBytes!, at + ENTRY_BYTES + nameBytes! + extraBytes!);
    found.push(entryOf(source, view, name, extra));
    at = next;
  }
  if (at !== size) throw refusal(source.name, `the directory of the zip archive has more than its ${entries} entries.`);
  return found;
}

function entryOf(source: ByteSource, view: DataView, name: string, extra: Uint8Array): DirectoryEntry {
  const short = {
    size: view.getUint32(24, true),
    storedSize: view.getUint32(20, true),
    offset: view.getUint32(42, true),
  };
  const wanted = Object.values(short).filter((value) => value === 0xffffffff).length;
  const long = wanted === 0 ? [] : longNumbers(extra);
  if (long.length < wanted || view.getUint16(34, true) !== 0) {
    throw refusal(source.name, `the sizes of zip entry ${quoted(name)} are damaged.`);
  }
  const take = (value: number) => (value === 0xffffffff ? long.shift()! : value);
  // The extra field has those numbers that did not fit, in this order.
  const [size, storedSize, offset] = [take(short.size), take(short.storedSize), take(short.offset)];
  return {
    name,
    flags: view.getUint16(8, true),
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    storedSize,
    size,
    offset,
  };
}

// The zip64 extra field, section 4.5.3.
function longNumbers(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= extra.length) {
      const field = viewOf(extra, at + 4);
      return Array.from({ length: Math.floor(length / 8) }, (_, i) => Number(field.getBigUint64(i * 8, true)));
    }
    at += 4 + length;
  }
  return [];
}

function nameOf(source: ByteSource, bytes: Uint8Array): string {
  const name = Buffer.from(bytes).toString('utf8');
  const parts = name.split('/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  if (/[\\:\u0000-\u001f\ufffd]/.test(name) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw refusal(source.name, `the zip archive has an entry named ${quoted(name)}, which torch would not write.`);
  }
  return name;
}

/** A view on the bytes, from `at` on. */
export function viewOf(bytes: Uint8Array, at = 0): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at);
}
