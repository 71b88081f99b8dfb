import { stat } from 'node:fs/promises';
import { DataError, messageOf } from '@refrain/core';

/**
 * Throws a DataError that names the path unless a file is there. Folders are refused, and devices and pipes too, which could be read without
 * end. For decoders that hand the path to a program.
 */
export async function requireFile(path: string): Promise<void> {
  if (await isFile(path)) return;
  throw new DataError(path, `${path}: not a file but a folder or a device; expected an audio file.`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'there is no such file. Check the path and the dataset folder.'
        : `can't be read: ${messageOf(error)}.`;
    throw new DataError(path, `${path}: ${why}`, { cause: error });
  }
}
