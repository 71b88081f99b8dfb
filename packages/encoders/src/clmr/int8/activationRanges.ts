import { inOnePiece } from '@refrain/audio';
import { DataError, type Waveform } from '@refrain/core';
import { modelBytes, onnxruntime, openSession, type Session } from '@refrain/onnx';
import { chunksOf } from '../../segments.ts';
import { type Convolution, sampleCnnGraph } from '../sampleCnn.ts';
import { SAMPLE_RATE, SEGMENT } from '../weights.ts';

/** What was found about the activations of a model. */
export interface ActivationRanges {
  /** Entry i: how large the numbers become that block i + 1 takes. 0 where all of them are. */
  readonly ranges: readonly number[];
  /** How many waveforms it was found on. */
  readonly clips: number;
}

/**
 * The share of activations that a range covers; larger ones are cut off. With all of them covered, a few outliers make the steps of all
 * others coarse; with 99.99 %, loud clips lose what makes them themselves. On music this share gave the most faithful neighbours.
 */
const COVERED = 0.999_999;

/**
 * How large the activations between the blocks of a SampleCNN become over all segments of `waveforms` (22,050 Hz): a range is exceeded by
 * one in a million at most. One segment goes at a time, so memory stays at 200 MB. An abort is thrown between two segments. Throws a
 * DataError that names the checkpoint `source` when an activation is infinite.
 */
export async function activationRanges(
  convolutions: readonly Convolution[],
  waveforms: AsyncIterable<Waveform>,
  source: string,
  signal: AbortSignal,
): Promise<ActivationRanges> {
  const graph = sampleCnnGraph(convolutions);
  const names = graph.nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[0]!);
  const histograms = new Map(names.slice(1).map((name) => [name, emptyHistogram()]));
  const outputs = [...histograms.keys()].map(
    (name) => ({ name, type: 'float32', shape: ['batch', 'channels', 1, 'steps'] }) as const,
  );
  const session = await openSession(modelBytes({ ...graph, outputs }));
  let clips = 0;
  try {
    for await (const waveform of waveforms) {
      const pieces = inOnePiece(waveform, { name: 'clmr', sampleRate: SAMPLE_RATE });
      for await (const segment of chunksOf(pieces, { window: SEGMENT, hop: SEGMENT, segments: 1 }, 'clmr')) {
        signal.throwIfAborted();
        await addSegment(histograms, session, segment, source);
      }
      clips++;
    }
  } finally {
    await session.close();
  }
  return { ranges: Array.from(histograms.values(), (histogram) => percentile(histogram, COVERED)), clips };
}

async function addSegment(
  histograms: ReadonlyMap<string, ActivationHistogram>,
  session: Session,
  segment: Float32Array,
  source: string,
): Promise<void> {
  const { Tensor } = await onnxruntime();
  const whole = new Float32Array(SEGMENT);
  whole.set(segment);
  const activations = await session.run({ audio: new Tensor('float32', whole, [1, 1, SEGMENT]) });
  for (const [name, histogram] of histograms) {
    addValues(histogram, activations[name]!.data as Float32Array);
    if (!Number.isFinite(histogram.largest)) {
      throw new DataError(source, `${source} gives infinite numbers ("${name}" of its graph). Use another checkpoint.`);
    }
  }
}

/**
 * How often values ≥ 0 of each size came: bin b counts those in [b·width, (b + 1)·width). The width is a power of two that grows with the
 * largest value, so the same values give the same histogram in whatever order and pieces they come.
 */
export interface ActivationHistogram {
  width: number;
  /** The largest value so far. */
  largest: number;
  /** How many values came. */
  count: number;
  readonly bins: Float64Array;
}

const BINS = 8192;

/** Below any activation that matters; it must only be a power of two. */
const FIRST_WIDTH = 2 ** -60;

/** A histogram of nothing. */
export function emptyHistogram(): ActivationHistogram {
  return { width: FIRST_WIDTH, largest: 0, count: 0, bins: new Float64Array(BINS) };
}

/** Counts `values`, all ≥ 0. With an infinite one among them the largest is infinite, and nothing is counted. */
export function addValues(histogram: ActivationHistogram, values: Float32Array): void {
  let { largest } = histogram;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  histogram.largest = largest;
  if (largest === Number.POSITIVE_INFINITY) return;
  while (largest >= histogram.width * BINS) halve(histogram);
  const { bins } = histogram;
  const perWidth = 1 / histogram.width;
  for (let i = 0; i < values.length; i++) bins[(values[i]! * perWidth) | 0]!++;
  histogram.count += values.length;
}

/** Joins the bins two by two into bins twice as wide. */
function halve(histogram: ActivationHistogram): void {
  const { bins } = histogram;
  for (let b = 0; b < BINS / 2; b++) bins[b] = bins[2 * b]! + bins[2 * b + 1]!;
  bins.fill(0, BINS / 2);
  histogram.width *= 2;
}

/**
 * The value that at least the share `share` of all values do not exceed: the least such one, up to a bin above it, that is at most the
 * 4,096th part of the largest. 0 for a histogram of nothing or of zeros.
 */
export function percentile({ width, largest, count, bins }: ActivationHistogram, share: number): number {
  const wanted = Math.ceil(share * count);
  let below = 0;
  let b = 0;
  while (b < BINS && below < wanted) below += bins[b++]!;
  return Math.min(b * width, largest);
}
