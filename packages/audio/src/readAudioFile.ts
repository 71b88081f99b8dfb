import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { AudioStream, Waveform } from '@refrain/core';
import { type DecodeOptions, isPcm, streamAudio, streamPcm } from './decode.ts';
import { wholeWaveform } from './mixdown.ts';
import { decodePcm, type PcmLayout } from './pcm.ts';
import type { DecodedPiece } from './pieces.ts';
import { requireFile, unreadable } from './requireFile.ts';

/** Larger files without compression are read piece by piece. */
const LARGE = 2 ** 25;

/** In the first megabyte of a large file its header must be. */
const BEGINNING = 2 ** 20;

/**
 * The audio of a file at its own sample rate, as `decodeAudio` gives it.
 * Throws a DataError that names the path when there is no such file, it is a folder or may not be read, and for all that `decodeAudio` refuses.
 */
export function readAudioFile(path: string, options?: DecodeOptions): Promise<Waveform> {
  return wholeWaveform(() => streamAudioFile(path, options));
}

/** The audio of a file piece by piece, as `streamAudio` gives it. Throws what `readAudioFile` throws, from here or from the pieces. */
export async function streamAudioFile(path: string, options: DecodeOptions = {}): Promise<AudioStream> {
  options.signal?.throwIfAborted();
  const size = await requireFile(path);
  try {
    const large = size > LARGE ? await streamLarge(path, size, options) : undefined;
    return large ?? (await streamAudio(await readFile(path), path, options));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : unreadable(path, error);
  }
}

/** Undefined where the file must be in memory to be decoded. */
async function streamLarge(path: string, size: number, options: DecodeOptions): Promise<AudioStream | undefined> {
  const beginning = await inFile(path, (file) => readAt(file, 0, BEGINNING));
  return isPcm(beginning) ? streamPcm(beginning, size, (layout) => decodeFile(path, layout), path, options) : undefined;
}

async function* decodeFile(path: string, layout: PcmLayout): AsyncGenerator<DecodedPiece> {
  const file = await open(path);
  try {
    yield* decodePcm((start, length) => readAt(file, start, length), layout);
  } finally {
    await file.close();
  }
}

async function inFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path);
  return work(file).finally(() => file.close());
}

/** The `length` bytes from `start` on; fewer at the end of the file. */
async function readAt(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}
