import { createHash, type Hash } from 'node:crypto';
import { Mixdown } from '@refrain/audio';
import type { CachedClip } from '../cache/embeddingCache.ts';

const FULL_SCALE = 1 - 2 ** -15;

/** What is told of a clip beside its embeddings. */
export type HeardFacts = Omit<CachedClip, 'contentHash' | 'segments' | 'channel'>;

/** Mixes the audio of one clip down, piece by piece, and listens to it. */
export class Listener {
  readonly #sampleRate: number;
  readonly #mixdown: Mixdown;
  readonly #channels: Hash[] = [];
  #samples = 0;
  #clipped = 0;
  #silent = true;

  /** `channel`: the one that is taken alone, from 0; the mean of all where it is undefined. */
  constructor(sampleRate: number, channel?: number) {
    this.#sampleRate = sampleRate;
    this.#mixdown = new Mixdown(channel);
  }

  /** The loudest channel, from 0, where they cancel each other out in their mean. */
  get cancelled(): number | undefined {
    return this.#mixdown.cancelled;
  }

  /** The next piece, mixed down. */
  hear(channels: readonly Float32Array[]): Float32Array {
    for (const [i, samples] of channels.entries()) {
      this.#channels[i] ??= createHash('sha256');
      this.#channels[i].update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    }
    const mixed = this.#mixdown.mix(channels);
    this.#samples += mixed.length;
    for (let i = 0; i < mixed.length; i++) {
      const size = Math.abs(mixed[i]!);
      if (size >= FULL_SCALE) this.#clipped++;
      if (size > 0) this.#silent = false;
    }
    return mixed;
  }

  /** What was heard in all. The hash is of every channel by itself, so it does not depend on where the audio was cut. */
  facts(): HeardFacts {
    const identity = createHash('sha256').update(`${this.#sampleRate} ${this.#channels.length}`);
    for (const channel of this.#channels) identity.update(channel.digest());
    return {
      audioHash: identity.digest('hex'),
      seconds: this.#samples / this.#sampleRate,
      sampleRate: this.#sampleRate,
      clipping: this.#samples === 0 ? 0 : this.#clipped / this.#samples,
      silent: this.#silent,
    };
  }
}
