import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Decoder, Encoder, Matrix } from '@refrain/core';
import type { StoredSegments } from '../space/segments.ts';
import { KeptFiles, keyOf } from './keptFiles.ts';
import { tryFolder } from './places.ts';

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

/** What is kept of a clip; its segments are read from the cache when they are wanted. */
export interface CachedClip extends ClipFacts {
  readonly segments: StoredSegments<Matrix>;
}

/** Where the embeddings of clips are kept, by the content of their files: those of one encoder, or of several side by side. */
export interface ClipCache {
  /** What is known of the clip with this content, if anything. Throws a ConfigError where nothing is, and what will be made of it cannot be kept. */
  find(contentHash: string): Promise<CachedClip | undefined>;
  /** Which parts of the encoder have to embed the clip with this content, by their indices; an encoder that has none is its only part. */
  missing(contentHash: string | undefined): Promise<readonly number[]>;
  /** Takes a clip in, which is on disk at `flush` at the latest. Throws what it could not be written for. */
  add(clip: NewClip): Promise<void>;
  /** Writes what is not on disk yet, and waits for what is being written. */
  flush(): Promise<void>;
}

/** One line of a part's index: the clip with the number of its segments. */
type IndexLine = ClipFacts & { readonly segments: number };

/** Where a clip's segments are: rows of a part's matrix. */
interface Place {
  readonly part: string;
  /** The number of the clip in the part. */
  readonly at: number;
  /** Its first row. */
  readonly start: number;
  readonly line: IndexLine;
}

/** A part that was read whole, and was as it had been written. */
interface SoundPart {
  /** Where its matrix begins, in bytes. */
  readonly start: number;
  /** CRC-32 of each clip's rows: clips are read alone from then on. */
  readonly checksums: Uint32Array;
}

/** What the cache measures time by. */
export interface Clock {
  /** Milliseconds since any moment. */
  now(): number;
  /** Calls `act` after so many milliseconds, unless what it returns is called before. */
  after(milliseconds: number, act: () => void): () => void;
}

// Counted into the cache key: raised when decoding, resampling or this layout change.
const CACHE_VERSION = 6;

/** A part is written when it has so many clips, or so many bytes, or its first clip has waited so long: that much work a kill may cost. */
const PART = { clips: 64, bytes: 64 * 2 ** 20, milliseconds: 5000 } as const;

const ENDING = '.clips';

const wallClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, act) {
    const timer = setTimeout(act, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Segment embeddings on disk, one folder per encoder and decoder (fingerprints), found again by the content of the audio file, whatever its name.
 * They are written in parts, each a file of its own with checksums, whole or not at all, so several processes can fill one cache. Only the
 * indices are held in memory.
 */
export class EmbeddingCache implements ClipCache {
  /** A file for each part: its index, and the segments of its clips. */
  readonly #files: KeptFiles<readonly IndexLine[]>;
  readonly #dim: number;
  readonly #clock: Clock;
  readonly #places = new Map<string, Place>();
  /** Clips that no part holds yet; those that are being written are among them. */
  readonly #fresh = new Map<string, NewClip>();
  /** Those that are not being written, and when the first of them came. */
  readonly #waiting: NewClip[] = [];
  #since = 0;
  #cancel = () => {};
  /** The last part that is written, behind those before it; rejected from the first on that cannot be. */
  #writing = Promise.resolve();
  /** Why nothing can be written, which matters only when there is something to write. */
  #unwritable: unknown;
  readonly #checked = new Map<string, Promise<SoundPart | undefined>>();

  private constructor(folder: string, dim: number, notice: (message: string) => void, clock: Clock) {
    let isTold = false;
    const once = (message: string) => {
      if (!isTold) notice(message);
      isTold = true;
    };
    const words = { what: 'a part of the cache', otherwise: 'its clips are embedded again' };
    this.#files = new KeptFiles(folder, words, once);
    this.#dim = dim;
    this.#clock = clock;
  }

  /**
   * The cache of the encoder and the decoder under `cacheDir`. A part that is damaged is removed, and `notice` told so once: its clips are
   * embedded again.
   */
  static async open(
    cacheDir: string,
    { decoder, encoder }: { readonly decoder: Pick<Decoder, 'fingerprint'>; readonly encoder: Encoder },
    notice: (message: string) => void,
    clock = wallClock,
  ): Promise<EmbeddingCache> {
    const key = keyOf(String(CACHE_VERSION), decoder.fingerprint, encoder.fingerprint).slice(0, 24);
    const folder = join(cacheDir, 'embeddings', `${encoder.name}-${key}`);
    const cache = new EmbeddingCache(folder, encoder.dim, notice, clock);
    await tryFolder(cacheDir, 'cacheDir').catch((error: unknown) => {
      cache.#unwritable = error;
    });
    const names = await readdir(folder).catch(() => []);
    for (const part of names.filter((one) => one.endsWith(ENDING)).sort()) {
      const lines = await cache.#files.find(part, ({ facts }) => facts);
      if (lines !== undefined) cache.#place(part, lines);
    }
    return cache;
  }

  async find(contentHash: string): Promise<CachedClip | undefined> {
    if (await this.has(contentHash)) return this.#cached(contentHash);
    if (this.#unwritable !== undefined) throw this.#unwritable;
    return undefined;
  }

  async missing(): Promise<readonly number[]> {
    return [0];
  }

  /** Whether it has the clip with this content. */
  async has(contentHash: string): Promise<boolean> {
    const place = this.#places.get(contentHash);
    const isKept = place !== undefined && (await this.#soundPart(place.part)) !== undefined;
    return isKept || this.#fresh.has(contentHash);
  }

  async add(clip: NewClip): Promise<void> {
    // Rejected already, it comes first.
    await Promise.race([this.#writing, undefined]);
    this.#fresh.set(clip.contentHash, clip);
    if (this.#waiting.push(clip) === 1) {
      this.#since = this.#clock.now();
      this.#cancel = this.#clock.after(PART.milliseconds, () => void this.flush().catch(() => {}));
    }
    const bytes = this.#waiting.reduce((sum, { segments }) => sum + segments.data.byteLength, 0);
    const waited = this.#clock.now() - this.#since;
    if (this.#waiting.length >= PART.clips || bytes >= PART.bytes || waited >= PART.milliseconds) await this.flush();
  }

  flush(): Promise<void> {
    this.#cancel();
    const clips = this.#waiting.splice(0);
    if (clips.length > 0) this.#writing = this.#writing.then(() => this.#writePart(clips));
    return this.#writing;
  }

  async #writePart(clips: readonly NewClip[]): Promise<void> {
    const part = `${randomUUID()}${ENDING}`;
    const lines = clips.map(({ segments, ...facts }): IndexLine => ({ ...facts, segments: segments.rows }));
    await this.#files.keep(part, lines, [stacked(clips.map(({ segments }) => segments))]);
    this.#place(part, lines);
    for (const { contentHash } of clips) this.#fresh.delete(contentHash);
  }

  /** A clip that it has. */
  #cached(contentHash: string): CachedClip {
    const fresh = this.#fresh.get(contentHash);
    const { segments, ...facts } = fresh ?? this.#places.get(contentHash)!.line;
    const rows = typeof segments === 'number' ? segments : segments.rows;
    return { ...facts, segments: { rows, cols: this.#dim, read: () => this.#read(contentHash, rows) } };
  }

  async #read(contentHash: string, rows: number): Promise<Matrix> {
    const fresh = this.#fresh.get(contentHash);
    if (fresh !== undefined) return fresh.segments;
    const place = this.#places.get(contentHash);
    const sound = place && (await this.#soundPart(place.part));
    if (sound === undefined) throw this.#files.lost(place?.part ?? '', 'it is damaged');
    const { part, at, start } = place!;
    const width = this.#dim * Float32Array.BYTES_PER_ELEMENT;
    const bytes = await this.#files.bytes(part, sound.start + start * width, rows * width, sound.checksums[at]!);
    return { data: new Float32Array(bytes), rows, cols: this.#dim };
  }

  /** What is known of a part once it was read; where it is damaged, or gone, nothing of it counts any more. */
  async #soundPart(part: string): Promise<SoundPart | undefined> {
    const checked = this.#checked.get(part) ?? this.#check(part);
    this.#checked.set(part, checked);
    const sound = await checked;
    if (sound === undefined)
      for (const [hash, place] of this.#places) if (place.part === part) this.#places.delete(hash);
    return sound;
  }

  #check(part: string): Promise<SoundPart | undefined> {
    return this.#files.find(part, async ({ facts, start, numbers }) => {
      const [data] = (await numbers()) as Float32Array[];
      const checksums = new Uint32Array(facts.length);
      let row = 0;
      for (const [at, { segments }] of facts.entries()) {
        const { buffer, byteOffset, byteLength } = data!.subarray(row * this.#dim, (row + segments) * this.#dim);
        checksums[at] = crc32(new Uint8Array(buffer, byteOffset, byteLength));
        row += segments;
      }
      return { start, checksums };
    });
  }

  #place(part: string, lines: readonly IndexLine[]): void {
    let start = 0;
    for (const [at, line] of lines.entries()) {
      this.#places.set(line.contentHash, { part, at, start, line });
      start += line.segments;
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
