import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decoder, Encoder, Matrix } from '@refrain/core';
import { KeptFiles, keyOf } from './keptFiles.ts';
import { tryFolder } from './places.ts';

/** What is kept of a clip: enough to go on without its audio. */
export interface CachedClip {
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
  /** Segment embeddings, `segments × dim`. */
  readonly segments: Matrix;
}

/** One line of a part's index: the clip with the number of its segments. */
type IndexLine = Omit<CachedClip, 'segments'> & { readonly segments: number };

/** Where a clip's segments are: rows of a part's matrix. */
interface Place {
  readonly part: string;
  readonly start: number;
  readonly line: IndexLine;
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
export class EmbeddingCache {
  /** A file for each part: its index, and the segments of its clips. */
  readonly #files: KeptFiles<readonly IndexLine[]>;
  readonly #dim: number;
  readonly #clock: Clock;
  readonly #places = new Map<string, Place>();
  /** Clips that no part holds yet; those that are being written are among them. */
  readonly #fresh = new Map<string, CachedClip>();
  /** Those that are not being written, and when the first of them came. */
  readonly #waiting: CachedClip[] = [];
  #since = 0;
  #cancel = () => {};
  /** The last part that is written, behind those before it; rejected from the first on that cannot be. */
  #writing = Promise.resolve();
  /** Why nothing can be written, which matters only when there is something to write. */
  #unwritable: unknown;
  #opened: { readonly part: string; readonly data: Float32Array } | undefined;

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

  /**
   * What is known of the clip with this content, if anything. Throws a ConfigError where nothing is, and what will be made of it cannot be
   * kept.
   */
  async find(contentHash: string): Promise<CachedClip | undefined> {
    const place = this.#places.get(contentHash);
    if (place !== undefined) {
      const data = await this.#segmentsOf(place.part);
      if (data !== undefined) return clipAt(place, data, this.#dim);
    }
    const fresh = this.#fresh.get(contentHash);
    if (fresh === undefined && this.#unwritable !== undefined) throw this.#unwritable;
    return fresh;
  }

  /** Whether it has the clip with this content, as far as that is known without reading it. */
  has(contentHash: string): boolean {
    return this.#places.has(contentHash) || this.#fresh.has(contentHash);
  }

  /** Takes a clip in; it is on disk when its part is full, has waited as long as a part may, or at `flush`. Throws what a part could not be written for. */
  async add(clip: CachedClip): Promise<void> {
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

  /** Writes what is not on disk yet, and waits for what is being written. */
  flush(): Promise<void> {
    this.#cancel();
    const clips = this.#waiting.splice(0);
    if (clips.length > 0) this.#writing = this.#writing.then(() => this.#writePart(clips));
    return this.#writing;
  }

  async #writePart(clips: readonly CachedClip[]): Promise<void> {
    const part = `${randomUUID()}${ENDING}`;
    const lines = clips.map(({ segments, ...facts }): IndexLine => ({ ...facts, segments: segments.rows }));
    await this.#files.keep(part, lines, [stacked(clips.map(({ segments }) => segments))]);
    this.#place(part, lines);
    for (const { contentHash } of clips) this.#fresh.delete(contentHash);
  }

  /** The segments of all clips of a part; where it is damaged, or gone, nothing of it counts any more. */
  async #segmentsOf(part: string): Promise<Float32Array | undefined> {
    if (this.#opened?.part === part) return this.#opened.data;
    const [data] = (await this.#files.find(part, ({ numbers }) => numbers())) ?? [];
    if (data === undefined)
      for (const [hash, place] of this.#places) if (place.part === part) this.#places.delete(hash);
    if (data !== undefined) this.#opened = { part, data: data as Float32Array };
    return data as Float32Array | undefined;
  }

  #place(part: string, lines: readonly IndexLine[]): void {
    let start = 0;
    for (const line of lines) {
      this.#places.set(line.contentHash, { part, start, line });
      start += line.segments;
    }
  }
}

function clipAt({ start, line }: Place, data: Float32Array, cols: number): CachedClip {
  const { segments: rows, ...facts } = line;
  return { ...facts, segments: { rows, cols, data: data.slice(start * cols, (start + rows) * cols) } };
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
