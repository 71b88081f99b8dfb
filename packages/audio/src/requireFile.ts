import { stat } from 'node:fs/promises';
import { DataError, messageOf } from '@refrain/core';

/**
 * The size of a file in bytes. Throws a DataError that names the path unless one is there. Folders are refused, and devices and pipes too, which could be read without
 * end.
 */
export async function requireFile(path: string): Promise<number> {
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (info.isFile()) return info.size;
  throw new DataError(path, `${path}: not a file but a folder or a device; expected an audio file.`);
}

/** The DataError for a path that the system refused to read with `error`. */
export function unreadable(path: string, error: unknown): DataError {
  return new DataError(path, `${path}: ${reason(error)}`, { cause: error });
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file. Check the path and the dataset folder.';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read. Check its permissions.';
  return `can't be read: ${messageOf(error)}.`;
}
