import type { Abortable } from './decoder.ts';

/** Mono audio: samples in −1…1 (a decoder may overshoot a little), sample rate in Hz. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** `multi-label`: any number of classes per clip (tags); `single-label`: exactly one; `unlabelled`: none. */
export type Task = 'multi-label' | 'single-label' | 'unlabelled';

/** Only `train` is ever pruned. */
export type Split = 'train' | 'valid' | 'test';

/** What a clip belongs to, as far as the dataset knows. Equal strings mean the same track, album or artist. */
export interface ClipGroups {
  readonly track?: string;
  readonly album?: string;
  readonly artist?: string;
}

/** One audio file of a dataset. */
export interface Clip {
  /** Unique in the dataset and stable between machines. */
  readonly id: string;
  /** Where the audio is, absolute or relative to the working directory. */
  readonly path: string;
  readonly split: Split;
  /** Indices into `Dataset.classes`, ascending. */
  readonly labels: readonly number[];
  readonly groups?: ClipGroups;
}

/** A set of labelled audio clips in a stable order: the same on every machine for the same files. */
export interface Dataset {
  readonly name: string;
  readonly task: Task;
  /** The names that `Clip.labels` point to. Empty for `unlabelled`. */
  readonly classes: readonly string[];
  readonly clips: readonly Clip[];
  /** The clip's audio at its own sample rate. Throws a DataError that names the file when it can't be read. */
  readAudio(clip: Clip, options?: Abortable): Promise<Waveform>;
}
