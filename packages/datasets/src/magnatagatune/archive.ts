import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { ConfigError, DataError, messageOf, RefrainError } from '@refrain/core';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

/** Files that were cut from one, read as if they were it. They are opened for each read, so there is nothing to close. */
export interface JoinedFile {
  /** For messages, and as the path of what is inside: the path of the whole file, which need not exist. */
  readonly path: string;
  readonly size: number;
  readonly parts: readonly FilePart[];
}

/** One of the files. */
interface FilePart {
  readonly path: string;
  /** Where it begins in the whole, in bytes. */
  readonly start: number;
  readonly size: number;
}

/**
 * The file `name` in a folder, or its parts `name.001`, `name.002` … Undefined where there is neither. Throws a ConfigError that names the
 * parts that are missing before the last one.
 */
export async function findJoinedFile(folder: string, name: string): Promise<JoinedFile | undefined> {
  const entries = await readdir(folder);
  const path = join(folder, name);
  if (entries.includes(name)) return joined(path, [path]);
  const numbers = entries.flatMap((entry) => {
    const digits = entry.startsWith(`${name}.`) ? /^\d{3}$/.exec(entry.slice(name.length + 1))?.[0] : undefined;
    return digits === undefined ? [] : [Number(digits)];
  });
  if (numbers.length === 0) return undefined;
  const parts = Array.from({ length: numbers.sort((a, b) => a - b).at(-1)! }, (_, i) => i + 1);
  const nameOf = (part: number) => `${name}.${String(part).padStart(3, '0')}`;
  const missing = parts.filter((part) => !numbers.includes(part)).map(nameOf);
  if (missing.length > 0) {
    throw new ConfigError(
      'dataset.dir',
      `dataset.dir: ${folder} has ${nameOf(parts.length)}, but not ${missing.join(', ')}: all parts are needed.`,
    );
  }
  return joined(
    path,
    parts.map((part) => join(folder, nameOf(part))),
  );
}

async function joined(path: string, paths: readonly string[]): Promise<JoinedFile> {
  const parts: FilePart[] = [];
  let size = 0;
  for (const part of paths) {
    parts.push({ path: part, start: size, size: (await stat(part)).size });
    size += parts.at(-1)!.size;
  }
  return { path, size, parts };
}

/** `length` bytes from `position` on, or those up to the end. Throws a DataError that names the part that can't be read. */
async function readJoined(file: JoinedFile, position: number, length: number): Promise<Buffer> {
  const end = Math.min(position + length, file.size);
  const bytes = Buffer.alloc(Math.max(0, end - position));
  for (const part of file.parts) {
    const from = Math.max(position, part.start);
    const to = Math.min(end, part.start + part.size);
    if (from < to) await readPart(part, bytes.subarray(from - position, to - position), from - part.start);
  }
  return bytes;
}

async function readPart({ path }: FilePart, target: Uint8Array, position: number): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    for (let done = 0; done < target.length; ) {
      const { bytesRead } = await file.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) throw new Error(`it ends at byte ${position + done}: it was changed since it was opened`);
      done += bytesRead;
    }
  } catch (cause) {
    throw new DataError(path, `${path}: can't be read: ${(cause as Error).message}.`, { cause });
  } finally {
    await file?.close();
  }
}

/** A zip archive whose entries are read one at a time, into memory. */
export interface ZipArchive {
  /** Names of the files in it, with `/`, without folders. */
  readonly names: readonly string[];
  /** The content of an entry. Throws a DataError that names archive and entry: not there, damaged, encrypted, or too large. */
  read(name: string): Promise<Uint8Array>;
}

const MAX_ENTRY_BYTES = 100_000_000;
// mp3 hardly shrinks; what unpacks to so much more was made to fill the memory.
const MAX_RATIO = 100;
const MAX_ENTRIES = 1_000_000;
const BLOCK_BYTES = 2 ** 16;
const CHUNK_BYTES = 2 ** 20;
const LOCAL_HEADER_BYTES = 30;

/**
 * Opens a zip archive and reads its directory. Nothing is unpacked and nothing written. Throws a DataError for a file that is none, one
 * that is cut, parts that do not belong together, names that would lead out of a folder (`..`, absolute), and names that stand there twice.
 */
export async function openZip(file: JoinedFile): Promise<ZipArchive> {
  const entries = new Map<string, Entry>();
  const zip = await named(file, () =>
    fromRandomAccessReaderPromise(new JoinedReader(file), file.size, { autoClose: false }),
  );
  await named(file, async () => {
    if (zip.entryCount > MAX_ENTRIES) throw new Error(`it claims ${zip.entryCount} entries`);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      if (entries.has(entry.fileName)) throw new Error(`${entry.fileName} stands in it twice`);
      entries.set(entry.fileName, entry);
    }
    await checkParts(zip, file, [...entries.values()]);
  });
  return {
    names: [...entries.keys()],
    read: async (name) => {
      const entry = entries.get(name);
      const path = `${file.path}/${name}`;
      if (entry === undefined) throw new DataError(path, `${path}: there is no such file in the archive.`);
      try {
        return await contentOf(zip, entry);
      } catch (cause) {
        if (cause instanceof RefrainError) throw cause;
        throw new DataError(path, `${path}: can't be read from the archive: ${messageOf(cause)}.`, { cause });
      }
    },
  };
}

async function named<T>({ path, parts }: JoinedFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RefrainError) throw cause;
    const advice =
      parts.length === 1
        ? 'Is it whole?'
        : `Read from ${parts.length} parts, up to ${parts.at(-1)!.path}: is one missing or cut, or from another archive?`;
    throw new DataError(path, `${path}: can't be read as a zip archive: ${messageOf(cause)}. ${advice}`, { cause });
  }
}

/** Makes sure that each part has an entry where the directory says, so that none is of another archive. */
async function checkParts(zip: ZipFile, { parts }: JoinedFile, entries: readonly Entry[]): Promise<void> {
  if (parts.length === 1) return;
  for (const { path, start, size } of parts) {
    const first = entries.find(
      ({ relativeOffsetOfLocalHeader: at, fileNameLength }) =>
        at >= start && at + LOCAL_HEADER_BYTES + fileNameLength <= start + size,
    );
    if (first === undefined) continue;
    await checkLocalHeader(zip, first).catch((cause: unknown) => {
      throw new DataError(
        path,
        `${path} does not belong to the other parts: ${first.fileName} is not where their directory says (${messageOf(cause)}).`,
        { cause },
      );
    });
  }
}

async function checkLocalHeader(zip: ZipFile, entry: Entry): Promise<void> {
  const { fileName } = await zip.readLocalFileHeaderPromise(entry);
  if (Buffer.compare(fileName, entry.fileNameRaw) !== 0) throw new Error('another file is in its place');
}

async function contentOf(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const { compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted()) throw new Error('it is encrypted');
  if (compressedSize > MAX_ENTRY_BYTES || uncompressedSize > MAX_ENTRY_BYTES) {
    throw new Error(`it has ${Math.max(compressedSize, uncompressedSize)} bytes, up to ${MAX_ENTRY_BYTES} are read`);
  }
  if (uncompressedSize > MAX_RATIO * Math.max(1, compressedSize)) {
    throw new Error(
      `its ${compressedSize} bytes would unpack to ${uncompressedSize}, more than ${MAX_RATIO} times as much`,
    );
  }
  await checkLocalHeader(zip, entry);
  // The library ends the stream with an error as soon as it gives more bytes than the directory says.
  const content = await buffer(await zip.openReadStreamPromise(entry));
  if (crc32(content) !== entry.crc32) throw new Error('it is damaged: its CRC-32 does not fit');
  return content;
}

// The library asks for a class of its own to be extended. The directory is read in small steps: the block of the last one is kept.
class JoinedReader extends RandomAccessReader {
  readonly #file: JoinedFile;
  #block: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(file: JoinedFile) {
    super();
    this.#file = file;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#blockAt(position, length).then(
      ({ start, bytes }) => callback(null, bytes.copy(target, offset, position - start, position - start + length)),
      callback,
    );
  }

  async #blockAt(position: number, length: number) {
    const { start, bytes } = this.#block;
    if (position >= start && position + length <= start + bytes.length) return this.#block;
    const block = { start: position, bytes: await readJoined(this.#file, position, Math.max(length, BLOCK_BYTES)) };
    this.#block = block;
    return block;
  }

  override createReadStream({ start, end }: { start: number; end: number }): Readable {
    const file = this.#file;
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; at += CHUNK_BYTES) yield readJoined(file, at, Math.min(CHUNK_BYTES, end - at));
      })(),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}
