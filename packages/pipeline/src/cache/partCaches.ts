import type { Encoder } from '@refrain/core';
import { type CompositeEncoder, sideBySide } from '../embed/compositeEncoder.ts';
import type { CachedClip, EmbeddingCache } from './embeddingCache.ts';

/** A clip as some parts of an encoder have embedded it. */
export interface PartlyEmbedded extends CachedClip {
  /** What parts were asked for, and what each of them gave. */
  readonly parts: readonly { readonly part: number; readonly segments: CachedClip['segments'] }[];
}

/** The caches of the parts of an encoder, as one: a clip that a part knows is not embedded by that part again, whatever stands beside it. */
export class PartCaches {
  readonly #encoders: readonly Encoder[];
  readonly #caches: readonly EmbeddingCache[];

  constructor({ parts }: CompositeEncoder, caches: readonly EmbeddingCache[]) {
    this.#encoders = parts;
    this.#caches = caches;
  }

  /** What all parts know of the clip with this content; undefined where one does not know it. */
  async find(contentHash: string): Promise<CachedClip | undefined> {
    const found: CachedClip[] = [];
    // Those that do not know it first: nothing is read of the others.
    for (const part of [...new Set([...this.missing(contentHash), ...this.#caches.keys()])]) {
      const clip = await this.#caches[part]!.find(contentHash);
      if (clip === undefined) return undefined;
      found[part] = clip;
    }
    const segments = sideBySide(
      found.map((clip) => clip.segments),
      this.#encoders,
    );
    return { ...found[0]!, segments };
  }

  /** The parts that have to embed the clip with this content; all of them where it has none. */
  missing(contentHash: string | undefined): readonly number[] {
    const all = [...this.#caches.keys()];
    return contentHash === undefined ? all : all.filter((part) => !this.#caches[part]!.has(contentHash));
  }

  /** Takes in what parts have embedded, each into its own cache; see there. */
  async add({ parts, ...facts }: PartlyEmbedded): Promise<void> {
    for (const { part, segments } of parts) await this.#caches[part]!.add({ ...facts, segments });
  }

  async flush(): Promise<void> {
    for (const cache of this.#caches) await cache.flush();
  }
}
