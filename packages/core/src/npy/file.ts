import { type FileHandle, open, stat } from 'node:fs/promises';
import { DataError } from '../errors.ts';
import { readAt } from '../files/readAt.ts';
import { prefixLength } from './header.ts';

/** The file, open for reading. One that can't be opened, or is a folder, a pipe or a device, is a DataError that names it. */
export async function openFile(path: string): Promise<FileHandle> {
  // To open a pipe would wait for its other end.
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() === false)
    throw new DataError(path, `Cannot open ${path}: it is no file but a folder, a pipe or a device.`);
  return open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DataError(
      path,
      `Cannot open ${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}.`,
      { cause },
    );
  });
}

/** What `use` gives for the open file, which is closed after. A file that can't be opened is a DataError that names it. */
export async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The text of an .npy header and where the data begins, in bytes. Throws a DataError where the file is no .npy file or is cut. */
export async function readHeaderText(
  file: FileHandle,
  path: string,
): Promise<{ readonly text: string; readonly dataOffset: number }> {
  const { prefix, length } = prefixLength(await readAt(file, 0, 12), path);
  const text = await readFully(file, prefix, length, path);
  return { text: Buffer.from(text).toString('utf8'), dataOffset: prefix + length };
}

/** Throws a DataError where the file has fewer than `expected` bytes: checked before memory is taken for them. */
export async function checkLength(file: FileHandle, expected: number, path: string): Promise<void> {
  const { size } = await file.stat();
  if (size < expected)
    throw new DataError(path, `${path} is cut: its header promises ${expected} bytes, the file has ${size}.`);
}

/** The `length` bytes from `position` on. Throws a DataError where the file ends before. */
export async function readFully(
  file: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readAt(file, position, length);
  if (bytes.length < length) throw new DataError(path, `${path} is cut: it ends at byte ${position + bytes.length}.`);
  return bytes;
}
