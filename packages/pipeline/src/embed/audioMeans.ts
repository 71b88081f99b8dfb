import type { Dataset, Decoder, Encoder, Host } from '@refrain/core';
import type { OwnChoice } from '../settings.ts';
import type { EmbedThreads } from './embedWorkers.ts';

/** What turns the audio of a dataset into numbers, and within which limits. */
export interface AudioMeans {
  readonly dataset: Dataset;
  readonly decoder: Decoder;
  /** The encoder; with options, the same one with these changed, which it is from then on. */
  readonly encoder: (options?: Readonly<Record<string, unknown>>) => Promise<Encoder>;
  /** Embeddings that stand in its place. */
  readonly own?: OwnChoice | undefined;
  /** Whether its options can be changed: not where it came ready-made. */
  readonly isAdaptable: boolean;
  /** What worker threads need to make these components anew, as they are now; undefined where threads cannot. */
  readonly threads: () => EmbedThreads | undefined;
  /** Share of clips that may be bad. */
  readonly maxBad: number;
  /** Seconds that decoding and encoding one clip may take together. */
  readonly clipTimeLimit: number;
  readonly host: Host;
}
