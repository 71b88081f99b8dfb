import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DataError,
  type Decoder,
  type Encoder,
  type Matrix,
  messageOf,
  readNpyHeader,
  readNpyMatrix,
  writeFileAtomic,
  writeNpyRows,
} from '@refrain/core';

/** What is kept of a clip: enough to go on without its audio. */
export interface CachedClip {
  /** SHA-256 of the file, hexadecimal: the key. */
  readonly contentHash: string;
  /** SHA-256 of the decoded samples: equal for files that sound exactly alike. */
  readonly audioHash: string;
  readonly seconds: number;
  /** Of the audio as it was decoded, in Hz. */
  readonly sampleRate: number;
  /** Share of samples at full scale, 0…1. */
  readonly clipping: number;
  /** Whether every sample is zero. */
  readonly silent: boolean;
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

// Counted into the cache key: raised when decoding, resampling or this layout change.
const CACHE_VERSION = 3;

const PART_CLIPS = 64;

/**
 * Segment embeddings on disk, one folder per encoder and decoder (fingerprints), found again by the content of the audio file, whatever its name.
 * They are written in parts of 64 clips, each a matrix `NAME.npy` and then its index `NAME.jsonl`, so a part counts only when it is whole,
 * and several processes can fill one cache. Only the indices are held in memory.
 */
export class EmbeddingCache {
  readonly #folder: string;
  readonly #dim: number;
  readonly #places = new Map<string, Place>();
  /** Clips that no part holds yet; those that are being written are among them. */
  readonly #fresh = new Map<string, CachedClip>();
  readonly #writing = new Set<CachedClip>();
  #opened: { readonly part: string; readonly matrix: Matrix } | undefined;

  private constructor(folder: string, dim: number) {
    this.#folder = folder;
    this.#dim = dim;
  }

  /** The cache of the encoder and the decoder under `cacheDir`. A part that is damaged is left out, and `notice` told so: its clips are embedded again. */
  static async open(
    cacheDir: string,
    { decoder, encoder }: { readonly decoder: Pick<Decoder, 'fingerprint'>; readonly encoder: Encoder },
    notice: (message: string) => void,
  ): Promise<EmbeddingCache> {
    const parts = [CACHE_VERSION, decoder.fingerprint, encoder.fingerprint];
    const key = createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 24);
    const cache = new EmbeddingCache(join(cacheDir, 'embeddings', `${encoder.name}-${key}`), encoder.dim);
    const names = await readdir(cache.#folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.jsonl')).sort()) {
      const part = join(cache.#folder, name.slice(0, -'.jsonl'.length));
      await cache.#readIndex(part).catch((error: unknown) => {
        notice(`${part}.jsonl, a part of the cache, is damaged and left out (${messageOf(error)}); delete it.`);
      });
    }
    return cache;
  }

  /** What is known of the clip with this content, if anything. */
  async find(contentHash: string): Promise<CachedClip | undefined> {
    const place = this.#places.get(contentHash);
    if (place === undefined) return this.#fresh.get(contentHash);
    if (this.#opened?.part !== place.part)
      this.#opened = { part: place.part, matrix: await readNpyMatrix(`${place.part}.npy`) };
    const { cols, data } = this.#opened.matrix;
    const { segments: rows, ...facts } = place.line;
    return { ...facts, segments: { rows, cols, data: data.slice(place.start * cols, (place.start + rows) * cols) } };
  }

  /** Takes a clip in; it is on disk after the next full part or `flush`. */
  async add(clip: CachedClip): Promise<void> {
    this.#fresh.set(clip.contentHash, clip);
    if (this.#fresh.size - this.#writing.size >= PART_CLIPS) await this.flush();
  }

  /** Writes what is not on disk yet and not being written. */
  async flush(): Promise<void> {
    const clips = [...this.#fresh.values()].filter((clip) => !this.#writing.has(clip));
    if (clips.length === 0) return;
    for (const clip of clips) this.#writing.add(clip);
    const part = join(this.#folder, randomUUID());
    const lines = clips.map(({ segments, ...facts }): IndexLine => ({ ...facts, segments: segments.rows }));
    try {
      await writeNpyRows(
        `${part}.npy`,
        this.#dim,
        clips.map(({ segments }) => segments),
      );
      await writeFileAtomic(`${part}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      this.#place(part, lines);
      for (const { contentHash } of clips) this.#fresh.delete(contentHash);
    } finally {
      for (const clip of clips) this.#writing.delete(clip);
    }
  }

  async #readIndex(part: string): Promise<void> {
    const text = await readFile(`${part}.jsonl`, 'utf8');
    const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as IndexLine]));
    const { shape } = await readNpyHeader(`${part}.npy`);
    const rows = lines.reduce((sum, line) => sum + line.segments, 0);
    if (shape[0] !== rows || shape[1] !== this.#dim) {
      throw new DataError(part, `expected ${rows} × ${this.#dim} numbers in ${part}.npy, found ${shape.join(' × ')}`);
    }
    this.#place(part, lines);
  }

  #place(part: string, lines: readonly IndexLine[]): void {
    let start = 0;
    for (const line of lines) {
      this.#places.set(line.contentHash, { part, start, line });
      start += line.segments;
    }
  }
}
