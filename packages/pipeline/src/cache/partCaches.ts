import type { Encoder, Matrix } from '@refrain/core';
import { type CompositeEncoder, sharedRows, sideBySide } from '../embed/compositeEncoder.ts';
import type { CachedClip, ClipCache, EmbeddingCache } from './embeddingCache.ts';
import type { NewClip } from './partFolder.ts';

/** The caches of the parts of an encoder, as one: a clip that a part knows is not embedded by that part again, whatever stands beside it. */
export class PartCaches implements ClipCache {
  readonly #encoders: readonly Encoder[];
  readonly #caches: readonly EmbeddingCache[];

  constructor({ parts }: CompositeEncoder, caches: readonly EmbeddingCache[]) {
    this.#encoders = parts;
    this.#caches = caches;
  }

  /** What all parts know of the clip with this content; undefined where one does not know it. */
  async find(contentHash: string): Promise<CachedClip | undefined> {
    const missing = await this.missing(contentHash);
    // They refuse what they could not keep.
    for (const part of missing) await this.#caches[part]!.find(contentHash);
    if (missing.length > 0) return undefined;
    const found: CachedClip[] = [];
    for (const cache of this.#caches) found.push((await cache.find(contentHash))!);
    const segments = found.map((clip) => clip.segments);
    const rows = sharedRows(segments, this.#encoders);
    const cols = segments.reduce((sum, part) => sum + part.cols, 0);
    const read = async () => {
      const matrices: Matrix[] = [];
      for (const part of segments) matrices.push(await part.read());
      return sideBySide(matrices, this.#encoders);
    };
    return { ...found[0]!, segments: { rows, cols, read } };
  }

  async missing(contentHash: string | undefined): Promise<readonly number[]> {
    const all = [...this.#caches.keys()];
    if (contentHash === undefined) return all;
    const known = await Promise.all(this.#caches.map((cache) => cache.has(contentHash)));
    return all.filter((part) => !known[part]);
  }

  /** Takes in what parts have embedded, each into its own cache. */
  async add({ parts = [], ...facts }: NewClip): Promise<void> {
    for (const { part, segments } of parts) await this.#caches[part]!.add({ ...facts, segments });
  }

  async take(parts: readonly (string | null)[]): Promise<boolean> {
    for (const [part, cache] of this.#caches.entries()) if (!(await cache.take([parts[part] ?? null]))) return false;
    return true;
  }

  async flush(): Promise<void> {
    for (const cache of this.#caches) await cache.flush();
  }
}
