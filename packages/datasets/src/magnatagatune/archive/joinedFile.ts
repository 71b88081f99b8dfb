import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';

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
  const parts = Array.from({ length: Math.max(...numbers) }, (_, i) => i + 1);
  const nameOf = (part: number) => `${name}.${String(part).padStart(3, '0')}`;
  const missing = parts.filter((part) => !numbers.includes(part)).map(nameOf);
  if (missing.length > 0) {
    throw new ConfigError(
      'dataset.dir',
      `${folder} has ${nameOf(parts.length)}, but not ${missing.join(', ')}: all parts are needed.`,
    );
  }
  return joined(
    path,
    parts.map((part) => join(folder, nameOf(part))),
  );
}

async function joined(path: string, paths: readonly string[]): Promise<JoinedFile> {
  const parts: FilePart[] = [];
  let start = 0;
  for (const part of paths) {
    const { size } = await stat(part);
    parts.push({ path: part, start, size });
    start += size;
  }
  return { path, size: start, parts };
}

/** `length` bytes from `position` on, or those up to the end. Throws a DataError that names the part that can't be read. */
export async function readJoined(file: JoinedFile, position: number, length: number): Promise<Buffer> {
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
