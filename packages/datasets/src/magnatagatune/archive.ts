import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { type ByteSource, readZipDirectory, type ZipEntry } from '@refrain/checkpoints';
import { DataError, messageOf, RefrainError, readAt, refusal } from '@refrain/core';
import { wrongFolder } from '../loading.ts';

/** Files that were cut from one, read as if they were it. They are opened for each read, so there is nothing to close. */
export interface JoinedFile extends ByteSource {
  readonly parts: readonly FilePart[];
}

/** One of the files. */
interface FilePart {
  readonly path: string;
  /** Where it begins in the whole, in bytes. */
  readonly start: number;
  readonly size: number;
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
const LIMITS = { entries: 1_000_000, bytes: 2 ** 30 };
const LOCAL_HEADER_BYTES = 30;

/**
 * The file `name` in a folder, or its parts `name.001`, `name.002` …, under the path of the whole, which need not exist. Undefined where there is
 * neither. Throws a ConfigError that names the parts that are missing before the last one.
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
  if (missing.length > 0)
    throw wrongFolder(`${folder} has ${nameOf(parts.length)}, but not ${missing.join(', ')}: all parts are needed.`);
  return joined(
    path,
    parts.map((part) => join(folder, nameOf(part))),
  );
}

async function joined(name: string, paths: readonly string[]): Promise<JoinedFile> {
  const parts: FilePart[] = [];
  let whole = 0;
  for (const path of paths) {
    const { size } = await stat(path);
    parts.push({ path, start: whole, size });
    whole += size;
  }
  return { name, size: whole, parts, read: (offset, length) => readParts(parts, offset, length) };
}

async function readParts(parts: readonly FilePart[], position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (const { path, start, size } of parts) {
    const from = Math.max(position, start);
    const to = Math.min(position + length, start + size);
    if (from < to) await readPart(path, bytes.subarray(from - position, to - position), from - start);
  }
  return bytes;
}

async function readPart(path: string, target: Uint8Array, position: number): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const bytes = await readAt(file, position, target.length);
    target.set(bytes);
    if (bytes.length < target.length)
      throw new Error(`it ends at byte ${position + bytes.length}: it was changed since it was opened`);
  } catch (cause) {
    throw refusal(path, `can't be read: ${messageOf(cause)}.`, cause);
  } finally {
    await file?.close();
  }
}

/**
 * Opens a zip archive and reads its directory. Nothing is unpacked and nothing written. Throws a DataError for a file that is none, one
 * that is cut, parts that do not belong together, names that would lead out of a folder (`..`, absolute), and names that stand there twice.
 */
export async function openZip(file: JoinedFile): Promise<ZipArchive> {
  const { name: path, parts } = file;
  const listed = await readZipDirectory(file, LIMITS).catch((cause: unknown) => {
    if (cause instanceof RefrainError) throw cause;
    const advice =
      parts.length === 1
        ? 'Is it whole?'
        : `Read from ${parts.length} parts, up to ${parts.at(-1)!.path}: is one missing or cut, or from another archive?`;
    throw refusal(path, `can't be read as a zip archive: ${messageOf(cause)}. ${advice}`, cause);
  });
  await checkParts(parts, listed);
  const entries = new Map(listed.map((entry) => [entry.name, entry]));
  return {
    names: [...entries.keys()],
    read: async (name) => {
      const entry = entries.get(name);
      const inside = `${path}/${name}`;
      if (entry === undefined) throw refusal(inside, 'there is no such file in the archive.');
      return contentOf(file, entry).catch((cause: unknown) => {
        if (cause instanceof RefrainError) throw cause;
        throw refusal(inside, `can't be read from the archive: ${messageOf(cause)}.`, cause);
      });
    },
  };
}

/** Makes sure that each part has an entry where the directory says, so that none is of another archive. */
async function checkParts(parts: readonly FilePart[], entries: readonly ZipEntry[]): Promise<void> {
  if (parts.length === 1) return;
  for (const { path, start, size } of parts) {
    const first = entries.find(
      ({ offset, name }) => offset >= start && offset + LOCAL_HEADER_BYTES + Buffer.byteLength(name) <= start + size,
    );
    await first?.contentOffset().catch((cause: unknown) => {
      throw new DataError(
        path,
        `${path} does not belong to the other parts: ${first.name} is not where their directory says (${messageOf(cause)}).`,
        { cause },
      );
    });
  }
}

async function contentOf(file: JoinedFile, entry: ZipEntry): Promise<Uint8Array> {
  const { storedSize, size, method } = entry;
  if (entry.isEncrypted) throw new Error('it is encrypted');
  if (storedSize > MAX_ENTRY_BYTES || size > MAX_ENTRY_BYTES)
    throw new Error(`it has ${Math.max(storedSize, size)} bytes, up to ${MAX_ENTRY_BYTES} are read`);
  if (size > MAX_RATIO * Math.max(1, storedSize))
    throw new Error(`its ${storedSize} bytes would unpack to ${size}, more than ${MAX_RATIO} times as much`);
  if (method !== 0 && method !== 8) throw new Error(`unsupported compression method: ${method}`);
  const stored = await file.read(await entry.contentOffset(), storedSize);
  // At most one byte more than expected is unpacked.
  const content = method === 0 ? stored : await promisify(inflateRaw)(stored, { maxOutputLength: size + 1 });
  if (content.length !== size) throw new Error(`it has ${content.length} bytes, its directory says ${size}`);
  if (crc32(content) !== entry.crc) throw new Error('it is damaged: its CRC-32 does not fit');
  return content;
}
