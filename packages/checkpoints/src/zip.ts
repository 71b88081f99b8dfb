import { crc32 } from 'node:zlib';
import { messageOf, quoted, RefrainError, refusal } from '@refrain/core';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { type ByteSource, readBytes } from './byteSource.ts';

/** A file in a zip archive, as the directory has it. */
export interface ZipEntry {
  readonly name: string;
  /** How many bytes it has in the archive. */
  readonly storedSize: number;
  readonly size: number;
  /** 0 is stored, that is not compressed; 8 is deflated. */
  readonly method: number;
  readonly isEncrypted: boolean;
  /** CRC-32 of the content. */
  readonly crc: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** Where its bytes begin. Throws an Error where it is not where the directory says. */
  contentOffset(): Promise<number>;
}

const DIRECTORY_LINE_BYTES = 46;
const BLOCK_BYTES = 2 ** 16;
// A record per storage: the largest models have some thousands.
const MAX_ENTRIES = 2 ** 16;
const CHUNK_BYTES = 2 ** 22;

/**
 * The files in a zip archive, in the order of its directory, without folders. Nothing is unpacked. Throws an Error, as a sentence without the
 * name of the archive, for one that is none, is damaged, cut or one part of several, has a name twice or more than the limits allow, or names that
 * would lead out of a folder (`..`, absolute).
 */
export async function readZipDirectory(
  source: ByteSource,
  limits: { readonly entries: number; readonly bytes: number },
): Promise<ZipEntry[]> {
  const zip = await fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
    autoClose: false,
    validateEntrySizes: false,
  });
  const entries = new Map<string, ZipEntry>();
  let bytes = 0;
  if (zip.entryCount > limits.entries)
    throw new Error(`it claims ${zip.entryCount} entries; at most ${limits.entries} are read`);
  for await (const entry of zip.eachEntry()) {
    bytes += DIRECTORY_LINE_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (bytes > limits.bytes)
      throw new Error(`its directory has more bytes than expected; at most ${limits.bytes} are read`);
    if (entry.fileName.endsWith('/')) continue;
    if (entries.has(entry.fileName)) throw new Error(`${entry.fileName} stands in it twice`);
    entries.set(entry.fileName, entryOf(zip, entry));
  }
  return [...entries.values()];
}

function entryOf(zip: ZipFile, entry: Entry): ZipEntry {
  return {
    name: entry.fileName,
    storedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    method: entry.compressionMethod,
    isEncrypted: entry.isEncrypted(),
    crc: entry.crc32,
    offset: entry.relativeOffsetOfLocalHeader,
    contentOffset: async () => {
      const { fileName, fileDataStart } = await zip.readLocalFileHeaderPromise(entry);
      if (!fileName.equals(entry.fileNameRaw)) throw new Error('another file is in its place');
      return fileDataStart;
    },
  };
}

// The library asks for a class of its own to be extended. A directory is read in small steps: the block of the last one is kept.
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;
  #block = { start: 0, bytes: new Uint8Array(0) };

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#bytesAt(position, length).then((bytes) => {
      target.set(bytes, offset);
      callback(null, bytes.length);
    }, callback);
  }

  /** Fewer than `length` at the end of the source. */
  async #bytesAt(position: number, length: number): Promise<Uint8Array> {
    const { start, bytes } = this.#block;
    if (position < start || position + length > start + bytes.length) {
      const end = Math.min(position + Math.max(length, BLOCK_BYTES), this.#source.size);
      const block = end > position ? await this.#source.read(position, end - position) : new Uint8Array(0);
      this.#block = { start: position, bytes: new Uint8Array(block) };
    }
    const from = position - this.#block.start;
    return this.#block.bytes.subarray(from, from + length);
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}

/** One file in a zip archive of torch. */
export interface ZipRecord {
  /** How many bytes it has. */
  readonly size: number;
  /**
   * The bytes `from` … `to` − 1. The first read goes through the whole record, to compare its CRC-32. Throws a DataError where it
   * differs, where the record is not where the directory says, and where it is compressed or encrypted.
   */
  read(from: number, to: number): Promise<Uint8Array>;
}

/**
 * The files in a zip archive by their names, in the order of its directory of at most `maxBytes`. Throws a DataError for what
 * `readZipDirectory` refuses.
 */
export async function openZip(source: ByteSource, maxBytes: number): Promise<Map<string, ZipRecord>> {
  const entries = await readZipDirectory(source, { entries: MAX_ENTRIES, bytes: maxBytes }).catch((cause: unknown) => {
    if (cause instanceof RefrainError) throw cause;
    throw refusal(source.name, `can't be read as a zip archive, is it whole? ${messageOf(cause)}.`, cause);
  });
  return new Map(entries.map((entry) => [entry.name, recordOf(source, entry)]));
}

function recordOf(source: ByteSource, entry: ZipEntry): ZipRecord {
  let start: number | undefined;
  const read = async (from: number, to: number) => {
    if (start !== undefined) return readBytes(source, start + from, to - from, quoted(entry.name));
    const begin = await checkedOffset(source, entry);
    const bytes = await checkedBytes(source, entry, begin, from, to);
    start = begin;
    return bytes;
  };
  return { size: entry.size, read };
}

async function checkedOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const { name, method, size, storedSize } = entry;
  const fail = (reason: string, cause?: unknown) => refusal(source.name, `zip entry ${quoted(name)} ${reason}.`, cause);
  if (entry.isEncrypted) throw fail('is encrypted');
  if (method !== 0)
    throw fail(`is compressed (method ${method}); torch stores entries as they are. Save it again with torch.save`);
  if (size !== storedSize) throw fail(`is stored in ${storedSize} bytes and claims ${size}`);
  return entry.contentOffset().catch((cause: unknown) => {
    throw cause instanceof RefrainError
      ? cause
      : fail(`is not where the directory says (${messageOf(cause)}): the file is damaged`, cause);
  });
}

async function checkedBytes(
  source: ByteSource,
  { name, size, crc }: ZipEntry,
  begin: number,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  let sum = 0;
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const chunk = await readBytes(source, begin + at, Math.min(CHUNK_BYTES, size - at), quoted(name));
    sum = crc32(chunk, sum);
    if (at < to && at + chunk.length > from)
      bytes.set(chunk.subarray(Math.max(0, from - at), to - at), Math.max(0, at - from));
  }
  if (sum !== crc) throw refusal(source.name, `zip entry ${quoted(name)} is damaged: its CRC-32 does not fit.`);
  return bytes;
}
