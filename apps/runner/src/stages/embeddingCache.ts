import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Encoder, type Matrix, readNpyMatrix, takeRows, writeFileAtomic, writeNpyRows } from '@refrain/core';

/** What is kept of a clip: enough to go on without its audio. */
export interface CachedClip {
  /** SHA-256 of the file, hexadecimal: the key. */
  readonly contentHash: string;
  /** SHA-256 of the decoded samples: equal for files that sound exactly alike. */
  readonly audioHash: string;
  readonly seconds: number;
  /** Whether every sample is zero. */
  readonly silent: boolean;
  /** Segment embeddings, `segments × dim`. */
  readonly segments: Matrix;
}

/** One line of a part's index. */
interface IndexLine {
  readonly contentHash: string;
  readonly audioHash: string;
  readonly seconds: number;
  readonly silent: boolean;
  readonly segments: number;
}

// Counted into the cache key: raised when decoding or resampling change their numbers.
const AUDIO_VERSION = 1;

const PART_CLIPS = 64;

/**
 * Segment embeddings on disk, one folder per encoder (fingerprint), found again by the content of the audio file, whatever its name.
 * They are written in parts of 64 clips, each a matrix `NAME.npy` and then its index `NAME.jsonl`, so a part counts only when it is whole,
 * and several processes can fill one cache.
 */
export class EmbeddingCache {
  readonly #folder: string;
  readonly #clips = new Map<string, CachedClip>();
  #fresh: CachedClip[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The cache of `encoder` under `cacheDir`, with all its parts read. */
  static async open(cacheDir: string, encoder: Encoder): Promise<EmbeddingCache> {
    const key = createHash('sha256').update(`${AUDIO_VERSION}/${encoder.fingerprint}`).digest('hex').slice(0, 24);
    const cache = new EmbeddingCache(join(cacheDir, 'embeddings', `${encoder.name}-${key}`));
    const names = await readdir(cache.#folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.jsonl')).sort())
      await cache.#readPart(join(cache.#folder, name.slice(0, -6)));
    return cache;
  }

  find(contentHash: string): CachedClip | undefined {
    return this.#clips.get(contentHash);
  }

  /** Takes a clip in; it is on disk after the next full part or `flush`. */
  async add(clip: CachedClip): Promise<void> {
    this.#clips.set(clip.contentHash, clip);
    this.#fresh.push(clip);
    if (this.#fresh.length >= PART_CLIPS) await this.flush();
  }

  /** Writes what is not on disk yet. */
  async flush(): Promise<void> {
    const part = this.#fresh;
    if (part.length === 0) return;
    this.#fresh = [];
    const base = join(this.#folder, randomUUID());
    await writeNpyRows(
      `${base}.npy`,
      part[0]!.segments.cols,
      part.map((clip) => clip.segments),
    );
    const lines = part.map(({ segments, ...facts }): IndexLine => ({ ...facts, segments: segments.rows }));
    await writeFileAtomic(`${base}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  async #readPart(base: string): Promise<void> {
    const lines = (await readFile(`${base}.jsonl`, 'utf8')).split('\n').filter((line) => line !== '');
    const matrix = await readNpyMatrix(`${base}.npy`);
    let start = 0;
    for (const line of lines) {
      const { segments, ...clip } = JSON.parse(line) as IndexLine;
      const rows = Uint32Array.from({ length: segments }, (_, i) => start + i);
      this.#clips.set(clip.contentHash, { ...clip, segments: takeRows(matrix, rows) });
      start += segments;
    }
  }
}
