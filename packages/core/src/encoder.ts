import type { Abortable, Waveform } from './dataset.ts';
import type { Matrix } from './matrix.ts';

/** The segment embeddings of many clips, one clip after another. */
export interface SegmentEmbeddings {
  /** `segments × dim`; clip i has rows segmentStart[i] … segmentStart[i+1] − 1. */
  readonly segments: Matrix;
  /** `clips + 1` ascending offsets into `segments`. */
  readonly segmentStart: Uint32Array;
}

/** Where the segments of a clip lie: the first begins with it, and a last partial one is dropped. */
export interface SegmentGrid {
  /** Length of a segment in seconds. */
  readonly windowSeconds: number;
  /** From the start of one segment to the start of the next. */
  readonly hopSeconds: number;
}

/** Turns audio into one embedding per segment. */
export interface Encoder {
  readonly name: string;
  /** The sample rate in Hz that `encode` wants. */
  readonly sampleRate: number;
  /** Numbers per segment. */
  readonly dim: number;
  /** Equal for two encoders exactly if they give the same embeddings: it covers the model's content and every option that changes the numbers. */
  readonly fingerprint: string;
  /** Where its segments lie; absent where they lie on no grid. It stands beside other encoders by it: without one it is given each segment of theirs as a clip. */
  readonly grid?: SegmentGrid;
  /** Options beside those it was made with that have its segments lie so; absent where its grid is fixed. */
  optionsForGrid?(grid: SegmentGrid): Readonly<Record<string, unknown>>;
  /** Whether it computes on a device of which there is one, such as a graphics card: then one encoder at a time is enough. */
  readonly usesDevice?: boolean;
  /**
   * The embeddings of a clip's segments in time order, `segments × dim`, at least one segment.
   * Throws a DataError when the waveform is not at `sampleRate` or holds no sample.
   */
  encode(waveform: Waveform, options?: Abortable): Promise<Matrix>;
  /**
   * What `encode` gives, for mono audio at `sampleRate` that comes in pieces of any length: the same rows, wherever it was cut. Absent where
   * it takes audio whole.
   */
  encodeStream?(pieces: AsyncIterable<Float32Array>, options?: Abortable): Promise<Matrix>;
  /**
   * Options beside those it was made with that give a clip of this length segments enough to be compared with itself, as far as that was left
   * open; undefined where nothing was. Embeddings under other options are not comparable, so one length stands for all clips of a set.
   */
  optionsFor?(clipSeconds: number): Readonly<Record<string, unknown>> | undefined;
  close?(): Promise<void>;
}
