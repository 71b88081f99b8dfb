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
  readonly apart?: Uint8Array;
  /** Clips of one recording, by clip; absent where no fingerprints were taken. */
  readonly sameRecording?: ReadonlyMap<number, readonly number[]>;
}

/** The facts of a source, in the order of its space. */
export function trainFacts({ clips, order, short, recordings }: TrainSource): TrainFacts {
  const inSpace = Array.from(order, (position) => clips[position]!);
  const isShort = new Set(short);
  return {
    audioHashes: inSpace.map((clip) => clip.audioHash),
    groups: inSpace.map((clip) => clip.groups),
    labels: inSpace.map((clip) => clip.labels),
    paths: inSpace.map((clip) => clip.path),
    seconds: inSpace.map((clip) => clip.seconds),
    sampleRate: inSpace.map((clip) => clip.sampleRate),
    clipping: inSpace.map((clip) => clip.clipping),
    ...(recordings && { sameRecording: recordings.sameRecording }),
    ...(short.length > 0 && { apart: Uint8Array.from(inSpace, ({ id }) => (isShort.has(id) ? 1 : 0)) }),
  };
}
