import type { ClipGroups } from '@refrain/core';
import type { TrainSource } from './source.ts';

/** What is known of each train clip besides its embedding; index i means clip i of the space. */
export interface TrainFacts {
  readonly audioHashes: readonly (string | undefined)[];
  readonly groups: readonly (ClipGroups | undefined)[];
  /** Names of the classes of each clip. */
  readonly labels: readonly (readonly string[])[];
  readonly paths: readonly (string | undefined)[];
  /** Lengths, where they are known. */
  readonly seconds: readonly (number | undefined)[];
  /** In Hz, and the share of clipped samples, where they are known. */
  readonly sampleRate: readonly (number | undefined)[];
  readonly clipping: readonly (number | undefined)[];
  /** 1 for a clip too short to be compared by its embedding; absent where there is none. */
  readonly excluded?: Uint8Array;
  /** Clips of one recording, by clip; absent where no fingerprints were taken. */
  readonly sameRecording?: ReadonlyMap<number, readonly number[]>;
}

/** The facts of a source, in the order of its space. */
export function trainFacts({ clips, short, recordings }: TrainSource): TrainFacts {
  const isShort = new Set(short);
  return {
    audioHashes: clips.map((clip) => clip.audioHash),
    groups: clips.map((clip) => clip.groups),
    labels: clips.map((clip) => clip.labels),
    paths: clips.map((clip) => clip.path),
    seconds: clips.map((clip) => clip.seconds),
    sampleRate: clips.map((clip) => clip.sampleRate),
    clipping: clips.map((clip) => clip.clipping),
    ...(recordings && { sameRecording: recordings.sameRecording }),
    ...(short.length > 0 && { excluded: Uint8Array.from(clips, ({ id }) => (isShort.has(id) ? 1 : 0)) }),
  };
}
