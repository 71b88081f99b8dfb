import { readFile } from 'node:fs/promises';
import type { Waveform } from '@refrain/core';
import { type DecodeOptions, decodeAudio } from './decode.ts';
import { requireFile, unreadable } from './requireFile.ts';

/**
 * The audio of a file at its own sample rate, as `decodeAudio` gives it.
 * Throws a DataError that names the path when there is no such file, it is a folder or may not be read, and for all that `decodeAudio` refuses.
 */
export async function readAudioFile(path: string, options?: DecodeOptions): Promise<Waveform> {
  options?.signal?.throwIfAborted();
  await requireFile(path);
  const content = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return decodeAudio(content, path, options);
}
