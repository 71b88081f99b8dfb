import type { Abortable, AudioOptions, AudioStream, Waveform } from './dataset.ts';

/** Reads audio files. */
export interface Decoder {
  readonly name: string;
  /** Equal for two decoders exactly if they give the same samples: it covers the version and every option that changes the numbers. */
  readonly fingerprint: string;
  /** How many files it likes to be asked for at once, because it shares out the cost of a start among them; default 1. */
  readonly filesAtOnce?: number;
  /**
   * The audio of the file at its own sample rate, the mean of its channels. The same file gives the same samples, alone or beside others.
   * Throws a DataError that names the path when there is no such file, or no audio in it.
   */
  decode(path: string, options?: Abortable): Promise<Waveform>;
  /** The same audio in pieces, its channels apart. Absent where a file is only decoded whole. */
  stream?(path: string, options?: AudioOptions): Promise<AudioStream>;
  close?(): Promise<void>;
}
