import { SampleQueue } from '@refrain/audio';
import { type Matrix, zeros } from '@refrain/core';
import { onnxruntime, type Session } from '@refrain/onnx';
import type { ModelSignature } from '../onnx-model/modelSignature.ts';
import { checkFinite, chunksOf, noSamples, stacked } from '../segments.ts';
import { EMBEDDING_SIZE, SEGMENT } from './weights.ts';

/** Segments in a batch. On a CPU one alone is at least as quick as many, and each takes 40 MB. */
const [CPU_BATCH, DEVICE_BATCH] = [1, 16];

/** Segments of a whole clip that go through the model in one piece: enough for half a minute, at half a gigabyte. */
const LARGEST_PIECE = 12;

/** Segments before and after one that reach into its row in a whole clip: the receptive field has 88,572 samples on either side, 1.5 segments. */
const CONTEXT = 2;

/** How a session that holds CLMR's encoder is fed. */
export type ClmrSignature = Pick<ModelSignature, 'input' | 'output' | 'channel' | 'batch'>;

/**
 * How many samples are embedded: all there are where they hold a segment, of which a last partial one is left unread; up to the next whole
 * segment, with zeros, where `padLast` asks for that, or where there is less than one.
 */
function wholeLength(samples: number, padLast: boolean): number {
  return samples >= SEGMENT && !padLast ? samples : Math.ceil(samples / SEGMENT) * SEGMENT;
}

/** The samples that are embedded, see `wholeLength`. */
export function wholeSegments(samples: Float32Array, padLast: boolean): Float32Array {
  const length = wholeLength(samples.length, padLast);
  if (length === samples.length) return samples;
  const padded = new Float32Array(length);
  padded.set(samples);
  return padded;
}

/**
 * The embeddings of a clip's whole segments, each by itself: segments × 512. An abort is thrown between two batches, a DataError for a clip
 * without a sample, or with one that is not finite.
 */
export async function embedSegments(
  session: Session,
  signature: ClmrSignature,
  pieces: AsyncIterable<Float32Array>,
  padLast: boolean,
  signals: readonly AbortSignal[],
): Promise<Matrix> {
  const batch = signature.batch ?? (session.provider === 'cpu' ? CPU_BATCH : DEVICE_BATCH);
  const shape = { window: SEGMENT, hop: SEGMENT, segments: batch, rest: padLast };
  const parts: Matrix[] = [];
  for await (const chunk of chunksOf(pieces, shape, 'clmr')) {
    for (const signal of signals) signal.throwIfAborted();
    const samples = wholeSegments(chunk, padLast);
    const rows = Math.floor(samples.length / SEGMENT);
    const data = await runModel(session, signature, samples.subarray(0, rows * SEGMENT), SEGMENT, signals.at(-1));
    parts.push({ rows, cols: EMBEDDING_SIZE, data });
  }
  return stacked(parts, EMBEDDING_SIZE);
}

/**
 * What the encoder gives for a whole clip at once, steps × 512, the transpose of the model's output: a row per 59,049 samples, which
 * hears 88,572 samples before and after them too. A long clip goes in overlapping pieces: the same numbers up to rounding, in less memory.
 * Throws as `embedSegments` does.
 */
export async function embedWhole(
  session: Session,
  signature: ClmrSignature,
  pieces: AsyncIterable<Float32Array>,
  padLast: boolean,
  signals: readonly AbortSignal[],
): Promise<Matrix> {
  const queue = new SampleQueue();
  const parts: Matrix[] = [];
  const own = LARGEST_PIECE - 2 * CONTEXT;
  let from = 0;
  const embed = async (to: number, end: number) => {
    for (const signal of signals) signal.throwIfAborted();
    const first = Math.max(0, from - CONTEXT);
    const samples = queue.read(first * SEGMENT, end - first * SEGMENT);
    const channels = await runModel(session, signature, samples, samples.length, signals.at(-1));
    parts.push(rowsOfSteps(channels, from - first, to - from));
    from = to;
    queue.drop((from - CONTEXT) * SEGMENT);
  };
  for await (const piece of pieces) {
    checkFinite(piece, queue.end, 'clmr');
    queue.push(piece);
    while (Math.floor(queue.end / SEGMENT) > Math.max(LARGEST_PIECE, from + own + CONTEXT)) {
      await embed(from + own, (from + own + CONTEXT) * SEGMENT);
    }
  }
  if (queue.end === 0) throw noSamples('clmr');
  queue.push(new Float32Array(wholeLength(queue.end, padLast) - queue.end));
  const rows = Math.floor(queue.end / SEGMENT);
  while (from < rows) {
    const to = rows <= LARGEST_PIECE ? rows : Math.min(from + own, rows);
    // What is left at the end of the clip is less than a segment, and the last step hears it.
    await embed(to, to + CONTEXT >= rows ? queue.end : (to + CONTEXT) * SEGMENT);
  }
  return stacked(parts, EMBEDDING_SIZE);
}

/** `count` steps from `first` on, of what the model gives for one piece, channel by channel. */
function rowsOfSteps(channels: Float32Array, first: number, count: number): Matrix {
  const steps = channels.length / EMBEDDING_SIZE;
  const rows = zeros(count, EMBEDDING_SIZE);
  for (let step = 0; step < count; step++) {
    for (let c = 0; c < EMBEDDING_SIZE; c++) rows.data[step * EMBEDDING_SIZE + c] = channels[c * steps + first + step]!;
  }
  return rows;
}

/** What the model gives for waveforms of `length` samples, one after another in `samples`; zeros fill up a fixed batch that is not full. */
export async function runModel(
  session: Session,
  { input, output, channel, batch: fixed }: ClmrSignature,
  samples: Float32Array,
  length: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { Tensor } = await onnxruntime();
  const count = samples.length / length;
  const batch = fixed ?? count;
  let filled = samples;
  if (batch > count) {
    filled = new Float32Array(batch * length);
    filled.set(samples);
  }
  const feed = new Tensor('float32', filled, channel ? [batch, 1, length] : [batch, length]);
  const { [output]: result } = await session.run({ [input]: feed }, undefined, signal);
  const values = result!.data as Float32Array;
  return values.subarray(0, (values.length / batch) * count);
}
