import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, type Decoder, type Encoder, type Matrix, messageOf } from '@refrain/core';
import { tryFolder } from './places.ts';
import { type ReadSection, readSections, writeSections } from './sectionFile.ts';

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
const CACHE_VERSION = 5;

/** A part is written when it has so many clips, or so many bytes, or its first clip has waited so long: that much work a kill may cost. */
const PART = { clips: 64, bytes: 64 * 2 ** 20, milliseconds: 5000 } as const;

// Sections of a part.
const SECTIONS = { index: 0, segments: 1 } as const;
const SECTION_COUNT = 2;

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
  readonly #folder: string;
  readonly #key: Uint8Array;
  readonly #dim: number;
  readonly #notice: (message: string) => void;
  readonly #clock: Clock;
  readonly #places = new Map<string, Place>();
  /** Clips that no part holds yet; those that are being written are among them. */
  readonly #fresh = new Map<string, CachedClip>();
  /** Those that are not being written, and when the first of them came. */
  #waiting: CachedClip[] = [];
  #since = 0;
  #cancel = () => {};
  readonly #writes = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  /** Why nothing can be written, which matters only when there is something to write. */
  #unwritable: unknown;
  #isTold = false;
  #opened: { readonly part: string; readonly data: Float32Array } | undefined;

  private constructor(folder: string, key: Uint8Array, dim: number, notice: (message: string) => void, clock: Clock) {
    this.#folder = folder;
    this.#key = key;
    this.#dim = dim;
    this.#notice = notice;
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
    const parts = [CACHE_VERSION, decoder.fingerprint, encoder.fingerprint];
    const key = createHash('sha256').update(parts.join('/')).digest();
    const folder = join(cacheDir, 'embeddings', `${encoder.name}-${key.toString('hex').slice(0, 24)}`);
    const cache = new EmbeddingCache(folder, key, encoder.dim, notice, clock);
    await tryFolder(cacheDir, 'cacheDir').catch((error: unknown) => {
      cache.#unwritable = error;
    });
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(ENDING)).sort()) {
      const part = join(folder, name);
      const lines = await cache.#read(part, async (section) => linesOf(await section(SECTIONS.index)));
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
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#fresh.set(clip.contentHash, clip);
    if (this.#waiting.push(clip) === 1) {
      this.#since = this.#clock.now();
      this.#cancel = this.#clock.after(PART.milliseconds, () => void this.#write().catch(() => {}));
    }
    const bytes = this.#waiting.reduce((sum, { segments }) => sum + segments.data.byteLength, 0);
    const waited = this.#clock.now() - this.#since;
    if (this.#waiting.length >= PART.clips || bytes >= PART.bytes || waited >= PART.milliseconds) await this.#write();
  }

  /** Writes what is not on disk yet, and waits for what is being written. */
  async flush(): Promise<void> {
    await Promise.allSettled([this.#write(), ...this.#writes]);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #write(): Promise<void> {
    this.#cancel();
    const clips = this.#waiting;
    this.#waiting = [];
    if (clips.length === 0) return;
    const writing = this.#writePart(clips).catch((error: unknown) => {
      this.#failure ??= { error };
      throw error;
    });
    this.#writes.add(writing);
    await writing.finally(() => this.#writes.delete(writing));
  }

  async #writePart(clips: readonly CachedClip[]): Promise<void> {
    const part = join(this.#folder, `${randomUUID()}${ENDING}`);
    const lines = clips.map(({ segments, ...facts }): IndexLine => ({ ...facts, segments: segments.rows }));
    const index = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const data = stacked(clips.map(({ segments }) => segments));
    await writeSections(part, this.#key, [index, data]);
    this.#place(part, lines);
    for (const { contentHash } of clips) this.#fresh.delete(contentHash);
  }

  /** The segments of all clips of a part; undefined where it is damaged. */
  async #segmentsOf(part: string): Promise<Float32Array | undefined> {
    if (this.#opened?.part === part) return this.#opened.data;
    const data = await this.#read(part, async (section) => new Float32Array(await section(SECTIONS.segments)));
    if (data !== undefined) this.#opened = { part, data };
    return data;
  }

  /** What `read` makes of a part; undefined where that is damaged, or gone: then nothing of it counts any more. */
  async #read<T>(part: string, read: (section: ReadSection) => Promise<T>): Promise<T | undefined> {
    try {
      const found = await readSections(part, this.#key, SECTION_COUNT, read);
      if (found !== undefined) return found;
    } catch (error) {
      if (!this.#isTold) {
        this.#isTold = true;
        const what = error instanceof DataError ? 'is damaged' : 'cannot be read';
        this.#notice(`${part}, a part of the cache, ${what} (${messageOf(error)}): its clips are embedded again.`);
      }
      if (error instanceof DataError) await rm(part, { force: true }).catch(() => {});
    }
    for (const [hash, place] of this.#places) if (place.part === part) this.#places.delete(hash);
    return undefined;
  }

  #place(part: string, lines: readonly IndexLine[]): void {
    let start = 0;
    for (const line of lines) {
      this.#places.set(line.contentHash, { part, start, line });
      start += line.segments;
    }
  }
}

function linesOf(index: ArrayBuffer): IndexLine[] {
  const lines = new TextDecoder().decode(index).split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as IndexLine]));
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
