import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decoder, Encoder, Matrix } from '@refrain/core';
import { KeptFiles, keyOf } from './keptFiles.ts';

/** What the audio of a clip tells beside its embeddings. */
export interface ClipFacts {
  /** SHA-256 of the file, hexadecimal: the key. */
  readonly contentHash: string;
  /** SHA-256 of the decoded samples of every channel, their number and their rate: equal for files that sound exactly alike. */
  readonly audioHash: string;
  readonly seconds: number;
  /** Of the audio as it was decoded, in Hz. */
  readonly sampleRate: number;
  /** Share of samples at full scale, 0…1. */
  readonly clipping: number;
  /** Whether every sample is zero. */
  readonly silent: boolean;
  /** The channel, from 0, that alone was embedded, where all together cancel each other out in their mean; absent elsewhere. */
  readonly channel?: number;
}

/** What is made of a clip, to be kept: enough to go on without its audio. */
export interface NewClip extends ClipFacts {
  /** Segment embeddings, `segments × dim`. */
  readonly segments: Matrix;
  /** What each part gave that was asked for, where the encoder has several side by side. */
  readonly parts?: readonly { readonly part: number; readonly segments: Matrix }[];
}

/** One line of a part's index: the clip with the number of its segments. */
export type IndexLine = ClipFacts & { readonly segments: number };

// Counted into the cache key: raised when decoding, resampling or this layout change.
const CACHE_VERSION = 6;

const ENDING = '.clips';
const NAME = /^[0-9a-f]{64}\.clips$/;

/** What another machine has written may be seen here so much later, as on file systems of a network. */
const VISIBLE_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** Whose embeddings a folder holds. */
export interface PartOwner {
  readonly decoder: Pick<Decoder, 'fingerprint'>;
  readonly encoder: Pick<Encoder, 'name' | 'dim' | 'fingerprint'>;
}

/**
 * The folder of one encoder and decoder (fingerprints) under a cache folder that several machines may share. Its files are parts: the index of some
 * clips, and their segments, with checksums. A part has the hash of its content as its name, and comes whole or not at all: who writes the same writes
 * the same file, so nobody needs to lock anything.
 */
export class PartFolder {
  readonly files: KeptFiles<readonly IndexLine[]>;
  readonly #path: string;

  /** `notice` is told once where a part is damaged: it is removed. */
  constructor(cacheDir: string, { decoder, encoder }: PartOwner, notice: (message: string) => void) {
    const key = keyOf(String(CACHE_VERSION), decoder.fingerprint, encoder.fingerprint).slice(0, 24);
    this.#path = join(cacheDir, 'embeddings', `${encoder.name}-${key}`);
    let isTold = false;
    const once = (message: string) => {
      if (!isTold) notice(message);
      isTold = true;
    };
    this.files = new KeptFiles(
      this.#path,
      { what: 'a part of the cache', otherwise: 'its clips are embedded again' },
      once,
    );
  }

  /** The parts that are there, by their names, in order. */
  async names(): Promise<readonly string[]> {
    const names = await readdir(this.#path).catch(() => []);
    return names.filter((name) => name.endsWith(ENDING)).sort();
  }

  /** Writes a part, and returns its name and index. Throws what it could not be written for. */
  async put(clips: readonly NewClip[]): Promise<{ readonly part: string; readonly lines: readonly IndexLine[] }> {
    const lines = clips.map(({ segments, parts: _, ...facts }): IndexLine => ({ ...facts, segments: segments.rows }));
    const numbers = stacked(clips.map(({ segments }) => segments));
    const part = `${keyOf(JSON.stringify(lines), numbers)}${ENDING}`;
    await this.files.keep(part, lines, [numbers]);
    return { part, lines };
  }

  /** The index of a part; undefined where it cannot be read. */
  async index(part: string): Promise<readonly IndexLine[] | undefined> {
    return this.files.find(part, ({ facts }) => facts);
  }

  /** The same for a part that was just written elsewhere, for which it is waited. `pause` waits for so many milliseconds. */
  async arrived(
    part: string,
    pause: (milliseconds: number) => Promise<void>,
  ): Promise<readonly IndexLine[] | undefined> {
    if (!NAME.test(part)) return undefined;
    for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
      const isThere = existsSync(join(this.#path, part));
      const lines = await this.index(part);
      // What is there and damaged was never written so, and does not mend.
      if (lines !== undefined || isThere || waited >= VISIBLE_MS) return lines;
      await pause(LOOK_AGAIN_MS);
      // A machine that was told once that there is no such file may believe it until it looks at the folder.
      await this.names();
    }
  }
}

/** The values of all matrices, one after the other. */
function stacked(matrices: readonly Matrix[]): Float32Array<ArrayBuffer> {
  const data = new Float32Array(matrices.reduce((sum, matrix) => sum + matrix.data.length, 0));
  let start = 0;
  for (const matrix of matrices) {
    data.set(matrix.data, start);
    start += matrix.data.length;
  }
  return data;
}
