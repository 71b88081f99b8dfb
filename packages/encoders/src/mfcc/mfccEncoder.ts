import { setImmediate } from 'node:timers/promises';
import { inOnePiece } from '@refrain/audio';
import {
  type Abortable,
  defineComponent,
  type Encoder,
  type Matrix,
  numberOption,
  type SegmentGrid,
  type Waveform,
  z,
  zeros,
} from '@refrain/core';
import { chunksOf, segmentStarts, stacked } from '../segments.ts';
import { DELTA_WIDTH, FRAME_HOP, type MfccPlan, mfccPlan, mfccSummary, SUMMARY_SIZE } from './mfcc.ts';

const options = z.object({
  segmentSeconds: numberOption((seconds) => seconds.min(0.1).max(3600))
    .optional()
    .describe('length of a segment in seconds; 1 unless given, or less for a set of clips shorter than 8 s'),
  hopSeconds: numberOption((seconds) => seconds.min(0.01).max(3600))
    .optional()
    .describe('from the start of one segment to the start of the next, in seconds; as long as a segment unless given'),
  sampleRate: numberOption((rate) => rate.int().min(8000).max(48_000))
    .default(22_050)
    .describe('sample rate in Hz that audio is brought to'),
});

/** The options of `mfcc`. */
export type MfccOptions = z.output<typeof options>;

/** Lengths of segments in seconds, the usual one first. Below the last there are no nine frames. */
const SEGMENT_SECONDS = [1, 0.5, 0.2] as const;
/** A clip is compared with itself by two halves, of two segments each at least. */
const FEWEST_SEGMENTS = 4;
/** With twice as many the halves say more. Measured on the 5-s sounds of ESC-10: of the pairs as alike as each to itself 7 % are one recording, not 4 %. */
const ENOUGH_SEGMENTS = 8;

// Audio after which the event loop gets a turn, without which nothing could abort the signal: some 50 ms of work for it.
const SECONDS_PER_TURN = 96;

// Enough for the nine frames that differences need.
const SHORTEST_SEGMENT = (DELTA_WIDTH - 1) * FRAME_HOP;

/**
 * Describes each segment by 120 numbers: mean and standard deviation of 20 MFCCs and of their first and second differences. It needs
 * no model file. A last partial segment is dropped; a clip shorter than a segment is one segment as it is, padded with zeros only
 * where fewer than nine frames (4,096 samples) would be left.
 */
export class MfccEncoder implements Encoder {
  readonly name = 'mfcc';
  readonly dim = SUMMARY_SIZE;
  readonly sampleRate: number;
  readonly fingerprint: string;
  readonly grid: SegmentGrid;
  /** Where the options left it open. */
  readonly optionsForGrid?: (grid: SegmentGrid) => { readonly segmentSeconds: number; readonly hopSeconds: number };
  readonly #segment: number;
  readonly #hop: number;
  readonly #rowsPerTurn: number;
  readonly #plan: MfccPlan;
  readonly #isOpen: boolean;

  constructor({ segmentSeconds: given, hopSeconds, sampleRate = 22_050 }: Partial<MfccOptions> = {}) {
    this.sampleRate = sampleRate;
    this.#isOpen = given === undefined && hopSeconds === undefined;
    const segmentSeconds = given ?? SEGMENT_SECONDS[0];
    this.grid = { windowSeconds: segmentSeconds, hopSeconds: hopSeconds ?? segmentSeconds };
    if (this.#isOpen)
      this.optionsForGrid = (grid) => ({ segmentSeconds: grid.windowSeconds, hopSeconds: grid.hopSeconds });
    this.#segment = Math.round(segmentSeconds * sampleRate);
    this.#hop = Math.round((hopSeconds ?? segmentSeconds) * sampleRate);
    this.#rowsPerTurn = Math.max(1, Math.floor((SECONDS_PER_TURN * sampleRate) / Math.max(this.#segment, this.#hop)));
    this.#plan = mfccPlan(sampleRate);
    // The first number counts changes of the chain itself.
    this.fingerprint = `mfcc-2-${sampleRate}-${this.#segment}-${this.#hop}`;
  }

  /** The longest segments of which a clip has enough; the usual ones where it is too short for any. */
  optionsFor(clipSeconds: number): { readonly segmentSeconds: number } | undefined {
    if (!this.#isOpen) return undefined;
    const samplesOf = (seconds: number) => Math.round(seconds * this.sampleRate);
    const usable = SEGMENT_SECONDS.filter((seconds) => samplesOf(seconds) >= SHORTEST_SEGMENT);
    const first = (least: number) =>
      usable.find((seconds) => Math.floor(samplesOf(clipSeconds) / samplesOf(seconds)) >= least);
    return { segmentSeconds: first(ENOUGH_SEGMENTS) ?? first(FEWEST_SEGMENTS) ?? SEGMENT_SECONDS[0] };
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    const shape = { window: this.#segment, hop: this.#hop, segments: this.#rowsPerTurn };
    const parts: Matrix[] = [];
    for await (const samples of chunksOf(pieces, shape, this.name)) {
      await setImmediate();
      signal?.throwIfAborted();
      parts.push(this.#embed(samples));
    }
    return stacked(parts, this.dim);
  }

  #embed(samples: Float32Array): Matrix {
    const starts = segmentStarts(samples.length, this.#segment, this.#hop);
    const embeddings = zeros(starts.length, SUMMARY_SIZE);
    for (const [row, start] of starts.entries()) {
      const segment = samples.subarray(start, start + this.#segment);
      embeddings.data.set(mfccSummary(longEnough(segment), this.#plan), row * SUMMARY_SIZE);
    }
    return embeddings;
  }
}

function longEnough(segment: Float32Array): Float32Array {
  if (segment.length >= SHORTEST_SEGMENT) return segment;
  const padded = new Float32Array(SHORTEST_SEGMENT);
  padded.set(segment);
  return padded;
}

/** The component `mfcc`. */
export const mfcc = defineComponent({
  name: 'mfcc',
  description: 'mean and standard deviation of 20 MFCCs and their differences; needs no model',
  options,
  create: (given) => new MfccEncoder(given),
});
