import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { browserMediaType, encodeWav } from '@refrain/audio';
import { type Abortable, messageOf, RefrainError, readAt, type Waveform } from '@refrain/core';

/** The audio of the clips of a page; a place is that of a clip in it. */
export interface ClipSources {
  /** The folder of the dataset: no file outside it is read, be it by a path or by a link. */
  readonly root: string;
  /** Of each clip, absolute or relative to the working directory; undefined where it has no audio. */
  readonly paths: readonly (string | undefined)[];
  /** The clip's whole file, decoded. */
  readonly decode: (place: number, options: Abortable) => Promise<Waveform>;
  /** The bytes of the clip's file where the dataset is an archive; absent where every path is a file. */
  readonly bytes?: (place: number) => Promise<Uint8Array>;
}

/** Of a page whose clips have none. */
export const NO_AUDIO: ClipSources = {
  root: '',
  paths: [],
  decode: () => Promise.reject(new Error('There are no clips.')),
};

/** Audio that a browser plays: bytes in memory or in an open file, which belongs to who gets it. */
export interface PlayableAudio {
  readonly type: string;
  readonly size: number;
  readonly content: Uint8Array | FileHandle;
}

/** Why there is no audio, as a status of HTTP and a sentence. */
export interface NoAudio {
  readonly status: 404 | 413 | 415;
  readonly why: string;
}

/** The media type is told by so many first bytes; what begins with a longer picture is decoded. */
const BEGINNING = 2 ** 20;

/** Larger files are not decoded into memory: 25 minutes of a CD. */
const MOST_DECODED_BYTES = 2 ** 28;

/** What was decoded last is kept, as a player asks for one file several times. */
const KEPT = 6;

/** Gives clips in a form that browsers play: the file as it is where they do, else decoded to a wav. */
export class ClipAudio {
  readonly #sources: ClipSources;
  readonly #signal: AbortSignal;
  readonly #decoded = new Map<number, Promise<Uint8Array>>();

  constructor(sources: ClipSources, signal: AbortSignal) {
    this.#sources = sources;
    this.#signal = signal;
  }

  /** The audio of the clip at a place, which need not be one. */
  async at(place: number): Promise<PlayableAudio | NoAudio> {
    const path = this.#sources.paths[place];
    if (path === undefined) return { status: 404, why: 'There is no such clip, or it has no audio.' };
    if (this.#sources.bytes !== undefined) return this.#inMemory(place, await this.#sources.bytes(place));
    const real = await fileInside(this.#sources.root, path);
    if (real === undefined)
      return { status: 404, why: "The clip's file is not there, or not in the folder of the dataset." };
    return this.#file(place, real);
  }

  async #file(place: number, path: string): Promise<PlayableAudio | NoAudio> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size, type } = await typeOf(file).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    if (type !== undefined) return { type, size, content: file };
    await file.close();
    return this.#wav(place, size);
  }

  #inMemory(place: number, bytes: Uint8Array): PlayableAudio | Promise<PlayableAudio | NoAudio> {
    const type = browserMediaType(bytes);
    return type === undefined ? this.#wav(place, bytes.length) : { type, size: bytes.length, content: bytes };
  }

  async #wav(place: number, size: number): Promise<PlayableAudio | NoAudio> {
    if (size > MOST_DECODED_BYTES)
      return { status: 413, why: `The file has ${size} bytes, too many to be decoded for a browser.` };
    try {
      const content = await this.#decode(place);
      return { type: 'audio/wav', size: content.length, content };
    } catch (error) {
      if (!(error instanceof RefrainError)) throw error;
      return { status: 415, why: messageOf(error) };
    }
  }

  #decode(place: number): Promise<Uint8Array> {
    const found = this.#decoded.get(place) ?? this.#sources.decode(place, { signal: this.#signal }).then(encodeWav);
    // The one that was asked for last stands last.
    this.#decoded.delete(place);
    this.#decoded.set(place, found);
    found.catch(() => this.#decoded.delete(place));
    for (const [oldest] of this.#decoded) if (this.#decoded.size > KEPT) this.#decoded.delete(oldest);
    return found;
  }
}

/** Where a file really is, links followed; undefined where there is none, or not in `root`. */
async function fileInside(root: string, path: string): Promise<string | undefined> {
  try {
    const [folder, real] = await Promise.all([realpath(root), realpath(path)]);
    const below = relative(folder, real);
    const isInside = below !== '' && below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below);
    // A pipe would be waited for without end.
    return isInside && (await stat(real)).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}

async function typeOf(file: FileHandle): Promise<Pick<PlayableAudio, 'size'> & { readonly type: string | undefined }> {
  const { size } = await file.stat();
  return { size, type: browserMediaType(await readAt(file, 0, Math.min(size, BEGINNING)), size) };
}
