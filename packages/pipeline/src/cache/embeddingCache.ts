import { setTimeout as pause } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Matrix } from '@refrain/core';
import type { StoredSegments } from '../space/segments.ts';
import { type ClipFacts, type IndexLine, type NewClip, PartFolder, type PartOwner } from './partFolder.ts';
import { tryFolder } from './places.ts';

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
  /**
   * Takes in parts that were written elsewhere, of each part of the encoder one or none, waiting a little for those that are not to be seen yet. Resolves to
   * whether all are there and whole.
   */
  take(parts: readonly (string | null)[]): Promise<boolean>;
  /** Writes what is not on disk yet, and waits for what is being written. */
  flush(): Promise<void>;
}

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
  /** Waits for so many milliseconds. */
  pause(milliseconds: number): Promise<void>;
}

/** A part is written when it has so many clips, or so many bytes, or its first clip has waited so long: that much work a kill may cost. */
const PART = { clips: 64, bytes: 64 * 2 ** 20, milliseconds: 5000 } as const;

/** So many bytes of segments stay in memory as they are read or written: those of some hundred clips, which a space reads again and again. */
const HELD_BYTES = 8 * 2 ** 20;

const wallClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, act) {
    const timer = setTimeout(act, milliseconds).unref();
    return () => clearTimeout(timer);
  },
  pause: (milliseconds) => pause(milliseconds),
};

/**
 * Segment embeddings on disk, one folder per encoder and decoder (fingerprints), found again by the content of the audio file, whatever its name.
 * They are written in parts, each a file of its own, so several processes and machines can fill one cache. In memory are the indices, and the segments
 * of few clips.
 */
export class EmbeddingCache implements ClipCache {
  readonly #folder: PartFolder;
  readonly #dim: number;
  readonly #clock: Clock;
  readonly #mostHeld: number;
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
  /** Segments that need not be read again. */
  readonly #held = new Map<string, Matrix>();
  #heldBytes = 0;

  private constructor(folder: PartFolder, dim: number, clock: Clock, mostHeld: number) {
    this.#folder = folder;
    this.#dim = dim;
    this.#clock = clock;
    this.#mostHeld = mostHeld;
  }

  /**
   * The cache of the encoder and the decoder under `cacheDir`. A part that is damaged is removed, and `notice` told so once: its clips are
   * embedded again. At most `mostHeld` bytes of segments stay in memory.
   */
  static async open(
    cacheDir: string,
    owner: PartOwner,
    notice: (message: string) => void,
    clock = wallClock,
    mostHeld: number = HELD_BYTES,
  ): Promise<EmbeddingCache> {
    const folder = new PartFolder(cacheDir, owner, notice);
    const cache = new EmbeddingCache(folder, owner.encoder.dim, clock, mostHeld);
    await tryFolder(cacheDir, 'cacheDir').catch((error: unknown) => {
      cache.#unwritable = error;
    });
    for (const part of await folder.names()) {
      const lines = await folder.index(part);
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

  async take([part]: readonly (string | null)[]): Promise<boolean> {
    if (part == null) return true;
    const lines = await this.#folder.arrived(part, this.#clock.pause);
    // Whatever was known of a file of this name, it may be another now.
    this.#checked.delete(part);
    if (lines === undefined) return false;
    this.#place(part, lines);
    return (await this.#soundPart(part)) !== undefined;
  }

  flush(): Promise<void> {
    this.#cancel();
    const clips = this.#waiting.splice(0);
    if (clips.length > 0) this.#writing = this.#writing.then(() => this.#writePart(clips));
    return this.#writing;
  }

  async #writePart(clips: readonly NewClip[]): Promise<void> {
    const { part, lines } = await this.#folder.put(clips);
    this.#place(part, lines);
    for (const { contentHash, segments } of clips) {
      this.#fresh.delete(contentHash);
      this.#hold(contentHash, segments);
    }
  }

  /** Keeps segments in memory while there is room; what came first stays, as all are read in turns. */
  #hold(contentHash: string, segments: Matrix): void {
    const bytes = segments.data.byteLength;
    if (this.#held.has(contentHash) || this.#heldBytes + bytes > this.#mostHeld) return;
    this.#held.set(contentHash, segments);
    this.#heldBytes += bytes;
  }

  /** A clip that it has. */
  #cached(contentHash: string): CachedClip {
    const fresh = this.#fresh.get(contentHash);
    const { segments, ...facts } = fresh ?? this.#places.get(contentHash)!.line;
    const rows = typeof segments === 'number' ? segments : segments.rows;
    return { ...facts, segments: { rows, cols: this.#dim, read: () => this.#read(contentHash, rows) } };
  }

  async #read(contentHash: string, rows: number): Promise<Matrix> {
    const inMemory = this.#fresh.get(contentHash)?.segments ?? this.#held.get(contentHash);
    if (inMemory !== undefined) return inMemory;
    const place = this.#places.get(contentHash);
    const sound = place && (await this.#soundPart(place.part));
    if (sound === undefined) throw this.#folder.files.lost(place?.part ?? '', 'it is damaged');
    const { part, at, start } = place!;
    const width = this.#dim * Float32Array.BYTES_PER_ELEMENT;
    const bytes = await this.#folder.files.bytes(part, sound.start + start * width, rows * width, sound.checksums[at]!);
    const segments = { data: new Float32Array(bytes), rows, cols: this.#dim };
    this.#hold(contentHash, segments);
    return segments;
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
    return this.#folder.files.find(part, async ({ facts, start, numbers }) => {
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
