import { readFile, stat } from 'node:fs/promises';
import { DataError, messageOf, type Waveform } from '@refrain/core';
import { type DecodeOptions, decodeAudio } from './decode.ts';

/**
 * The audio of a file at its own sample rate, as `decodeAudio` gives it.
 * Throws a DataError that names the path when there is no such file, it is a folder or may not be read, and for all that `decodeAudio` refuses.
 */
export async function readAudioFile(path: string, options?: DecodeOptions): Promise<Waveform> {
  options?.signal?.throwIfAborted();
  return decodeAudio(await contentOf(path), path, options);
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isFile()) return await readFile(path);
  } catch (error) {
    throw new DataError(path, `${path}: ${reason(error)}`, { cause: error });
  }
  // Devices and pipes too: they could be read without end.
  throw new DataError(path, `${path}: not a file but a folder or a device; expected an audio file.`);
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file. Check the path and the dataset folder.';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read. Check its permissions.';
  return `can't be read: ${messageOf(error)}.`;
}
