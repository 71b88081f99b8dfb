import { crc32 } from 'node:zlib';
import { type ByteSource, readBytes } from '../byteSource.ts';
import { quoted, refusal } from '../refusal.ts';
import { type DirectoryEntry, findDirectory, readDirectory, viewOf } from './directory.ts';

/** One file in a zip archive. */
export interface ZipRecord {
  /** How many bytes it has. */
  readonly size: number;
  /**
   * The bytes `from` … `to` − 1. The first read goes through the whole record, to compare its CRC-32. Throws a DataError where it
   * differs, where the local header contradicts the directory, and where the record is compressed or encrypted.
   */
  read(from: number, to: number): Promise<Uint8Array>;
}

const LOCAL_BYTES = 30;
const ENCRYPTED = 0x1;
const SIZES_FOLLOW = 0x8;
// Bits that only say how a name is written, or how hard a compressor tried.
const HARMLESS = 0x800 | 0x6;
const CHUNK_BYTES = 2 ** 22;

/**
 * The files in a zip archive by their names, in the order of its directory. Throws a DataError for an archive that is damaged, has the
 * same name twice, or names that lead out of a folder.
 */
export async function openZip(source: ByteSource, maxBytes: number): Promise<Map<string, ZipRecord>> {
  const directory = await findDirectory(source, maxBytes);
  const records = new Map<string, ZipRecord>();
  for (const entry of await readDirectory(source, directory)) {
    if (records.has(entry.name)) throw refusal(source.name, `the zip archive has ${quoted(entry.name)} twice.`);
    if (entry.offset + LOCAL_BYTES + entry.storedSize > directory.offset) {
      throw refusal(source.name, `zip entry ${quoted(entry.name)} is larger than the file: it is cut or damaged.`);
    }
    records.set(entry.name, recordOf(source, entry, directory.offset));
  }
  return records;
}

function recordOf(source: ByteSource, entry: DirectoryEntry, end: number): ZipRecord {
  let start: number | undefined;
  const read = async (from: number, to: number) => {
    if (start !== undefined) return readBytes(source, start + from, to - from, quoted(entry.name));
    checkKind(source, entry);
    const begin = await dataOffset(source, entry, end);
    const bytes = await checkedBytes(source, entry, begin, from, to);
    start = begin;
    return bytes;
  };
  return { size: entry.size, read };
}

function checkKind(source: ByteSource, { name, flags, method, size, storedSize }: DirectoryEntry): void {
  const fail = (reason: string) => refusal(source.name, `zip entry ${quoted(name)} ${reason}.`);
  if (flags & ENCRYPTED) throw fail('is encrypted');
  if (method !== 0)
    throw fail(`is compressed (method ${method}); torch stores entries as they are. Save it again with torch.save`);
  if (flags & ~(SIZES_FOLLOW | HARMLESS)) throw fail(`has unknown flags (${flags})`);
  if (size !== storedSize) throw fail(`is stored in ${storedSize} bytes and claims ${size}`);
}

// The local header repeats name and sizes. Its extra field has a length of its own: torch aligns data by it.
async function dataOffset(source: ByteSource, entry: DirectoryEntry, end: number): Promise<number> {
  const { name, offset, size, crc, flags } = entry;
  const fail = () =>
    refusal(source.name, `zip entry ${quoted(name)} is not where the directory says: the file is damaged.`);
  const nameBytes = Buffer.from(name);
  const header = await readBytes(source, offset, LOCAL_BYTES + nameBytes.length, `zip entry ${quoted(name)}`);
  const view = viewOf(header);
  const hasName = view.getUint16(26, true) === nameBytes.length && nameBytes.equals(header.subarray(LOCAL_BYTES));
  if (view.getUint32(0, true) !== 0x04034b50 || !hasName) throw fail();
  if (view.getUint16(6, true) !== flags || view.getUint16(8, true) !== entry.method) throw fail();
  const agrees = (field: number, value: number) => {
    const local = view.getUint32(field, true);
    return local === value || local === 0xffffffff || (local === 0 && (flags & SIZES_FOLLOW) !== 0);
  };
  if (!agrees(14, crc) || !agrees(18, size) || !agrees(22, size)) throw fail();
  const begin = offset + LOCAL_BYTES + nameBytes.length + view.getUint16(28, true);
  if (begin + size > end) throw fail();
  return begin;
}

async function checkedBytes(
  source: ByteSource,
  { name, size, crc }: DirectoryEntry,
  begin: number,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  let sum = 0;
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const chunk = await readBytes(source, begin + at, Math.min(CHUNK_BYTES, size - at), quoted(name));
    sum = crc32(chunk, sum);
    if (at < to && at + chunk.length > from) {
      const wanted = chunk.subarray(Math.max(0, from - at), to - at);
      bytes.set(wanted, Math.max(0, at - from));
    }
  }
  if (sum !== crc) throw refusal(source.name, `zip entry ${quoted(name)} is damaged: its CRC-32 does not fit.`);
  return bytes;
}
