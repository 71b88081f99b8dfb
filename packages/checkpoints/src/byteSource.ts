import { open, stat } from 'node:fs/promises';
import { quoted, readAt, refusal } from '@refrain/core';

/** Bytes that are read by ranges, so that a large checkpoint need not be in memory. */
export interface ByteSource {
  /** For messages: the path of the file. */
  readonly name: string;
  /** How many bytes there are. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; the caller has checked that they exist and does not write into them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/**
 * A file. It is opened for each read and closed after, so there is nothing to close. Throws a DataError where there is no such file,
 * where the path is no file, and when the file has changed since.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const status = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw refusal(
      path,
      `cannot be opened: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}.`,
      cause,
    );
  });
  // Opening a pipe would wait for whoever writes into it.
  if (!status.isFile()) throw refusal(path, 'is not a file.');
  const { size, mtimeMs } = status;
  const read = async (offset: number, length: number) => {
    const file = await open(path).catch((cause: unknown) => {
      throw refusal(path, `cannot be opened: ${quoted(String(cause))}.`, cause);
    });
    try {
      const now = await file.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw refusal(path, 'was changed while it was being read.');
      const bytes = await readAt(file, offset, length);
      if (bytes.length < length) throw refusal(path, `is cut: it ends at byte ${offset + bytes.length}.`);
      return bytes;
    } finally {
      await file.close();
    }
  };
  return { name: path, size, read };
}

/** Bytes in memory, under a name for messages. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** `length` bytes from `offset`. Throws a DataError, before any memory is taken, where the source does not have them. */
export async function readBytes(source: ByteSource, offset: number, length: number, what: string): Promise<Uint8Array> {
  if (!isCount(offset) || !isCount(length) || offset + length > source.size)
    throw refusal(
      source.name,
      `${what} would be ${length} bytes from byte ${offset} on, but the file has ${source.size}: it is cut or damaged.`,
    );
  return source.read(offset, length);
}

/** Whether the value is a whole number from 0 that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
