/** How a piece of work on one clip can be ended early. */
export interface Abortable {
  /** The work stops soon after this is aborted, and throws its `reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** How audio in pieces is asked for. */
export interface AudioOptions extends Abortable {
  /** All bytes of the file, where whoever asks has read them. What decodes them need not read it once more. */
  readonly bytes?: Uint8Array | undefined;
}

/** Mono audio: samples in −1…1 (a decoder may overshoot a little), sample rate in Hz. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** Audio as it comes out of a file, in pieces and with its channels apart: it need never be in memory as a whole. */
export interface AudioStream {
  /** Hz. */
  readonly sampleRate: number;
  /** The bytes that it is decoded from, where it was given them and has not read the file. */
  readonly bytes?: Uint8Array | undefined;
  /**
   * What follows each other in time: one array per channel, all equally long, of any length, samples as in `Waveform`. They belong to who
   * gets them. To be gone through once; who does not go to the end ends it (`return`). Throws what whoever opened it throws.
   */
  readonly pieces: AsyncIterable<readonly Float32Array[]>;
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

/** What a clip may belong to, from the smallest to the largest. */
export const GROUP_KINDS = ['track', 'album', 'artist'] as const satisfies readonly (keyof ClipGroups)[];

/** `track`, `album` or `artist`. */
export type GroupKind = (typeof GROUP_KINDS)[number];

/** One audio file of a dataset, or a piece of one. */
export interface Clip {
  /** Unique in the dataset and stable between machines. */
  readonly id: string;
  /** Where the audio is, absolute or relative to the working directory. */
  readonly path: string;
  readonly split: Split;
  /** Indices into `Dataset.classes`, ascending. */
  readonly labels: readonly number[];
  readonly groups?: ClipGroups;
  /**
   * The piece of the file that the clip is, in seconds: it begins `start` ≥ 0 after the file does and lasts `seconds` > 0. Absent where the
   * clip is the whole file. `readAudio` gives the piece alone, so what is kept of a clip under its file's content must be kept under both.
   */
  readonly piece?: { readonly start: number; readonly seconds: number };
}

/** A file that describes a dataset: an index, annotations, a manifest. */
export interface DatasetFile {
  /** Its name, relative to the folder it is written into. */
  readonly name: string;
  readonly content: Uint8Array;
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
  /**
   * The same audio in pieces, of which `readAudio` gives the mean of the channels. With it a clip may be of any length, and copies are told by
   * every channel. Absent where audio is read whole.
   */
  streamAudio?(clip: Clip, options?: AudioOptions): Promise<AudioStream>;
  /** Splits whose labels are not known, so that a clip's empty list of labels says nothing; absent or empty where all are known. */
  readonly unlabelledSplits?: readonly Split[];
  /** Why no audio can be read, where none of the clips' files is there: where they were looked for, and what to do. Absent otherwise. */
  readonly missingAudio?: string;
  /**
   * The bytes of the clip's file where it is not a file by itself, e.g. inside an archive; used for content hashes. Absent where every
   * `Clip.path` can be opened. Throws a DataError that names the clip's path when it can't be read.
   */
  readBytes?(clip: Clip): Promise<Uint8Array>;
  /**
   * The files the dataset was read from, in their own form and names, without the train clips whose ids are not in `kept`; clips of the
   * other splits stay. What a file says of a clip that stays is unchanged, byte by byte, columns that mean nothing to us included. Read again,
   * they give the kept clips. Absent where there is no such file, as for a folder of audio.
   */
  filteredFiles?(kept: ReadonlySet<string>): Promise<readonly DatasetFile[]>;
}

/** What reads the audio of a dataset's clips, and needs nothing of them but `id`, `path` and `piece`. */
export type AudioReader = Pick<Dataset, 'readAudio' | 'streamAudio' | 'readBytes'>;
