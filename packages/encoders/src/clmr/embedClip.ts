import { type Matrix, zeros } from '@refrain/core';
import { onnxruntime, type Session } from '@refrain/onnx';
import type { ModelSignature } from '../onnx-model/modelSignature.ts';
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
 * The samples that are embedded: as they are where they hold a segment, of which a last partial one is left unread; up to the next whole
 * segment with zeros where `padLast` asks for that, or where there is less than one.
 */
export function wholeSegments(samples: Float32Array, padLast: boolean): Float32Array {
  if (samples.length >= SEGMENT && !padLast) return samples;
  const padded = new Float32Array(Math.ceil(samples.length / SEGMENT) * SEGMENT);
  padded.set(samples);
  return padded;
}

/** The embeddings of a clip's whole segments, each by itself: segments × 512. An abort is thrown between two batches. */
export async function embedSegments(
  session: Session,
  signature: ClmrSignature,
  samples: Float32Array,
  signals: readonly AbortSignal[],
): Promise<Matrix> {
  const embeddings = zeros(Math.floor(samples.length / SEGMENT), EMBEDDING_SIZE);
  const batch = signature.batch ?? (session.provider === 'cpu' ? CPU_BATCH : DEVICE_BATCH);
  for (let from = 0; from < embeddings.rows; ) {
    for (const signal of signals) signal.throwIfAborted();
    const to = Math.min(from + batch, embeddings.rows);
    const piece = samples.subarray(from * SEGMENT, to * SEGMENT);
    embeddings.data.set(await runModel(session, signature, piece, SEGMENT), from * EMBEDDING_SIZE);
    from = to;
  }
  return embeddings;
}

/**
 * What the encoder gives for a whole clip at once, steps × 512, the transpose of the model's output: a row per 59,049 samples, which
 * hears 88,572 samples before and after them too. A long clip goes in overlapping pieces: the same numbers up to rounding, in less memory.
 */
export async function embedWhole(
  session: Session,
  signature: ClmrSignature,
  samples: Float32Array,
  signals: readonly AbortSignal[],
): Promise<Matrix> {
  const embeddings = zeros(Math.floor(samples.length / SEGMENT), EMBEDDING_SIZE);
  const { rows } = embeddings;
  const own = rows <= LARGEST_PIECE ? rows : LARGEST_PIECE - 2 * CONTEXT;
  for (let from = 0; from < rows; from += own) {
    for (const signal of signals) signal.throwIfAborted();
    const to = Math.min(from + own, rows);
    const first = Math.max(0, from - CONTEXT);
    // What is left at the end of the clip is less than a segment, and the last step hears it.
    const end = to + CONTEXT >= rows ? samples.length : (to + CONTEXT) * SEGMENT;
    const piece = samples.subarray(first * SEGMENT, end);
    const channels = await runModel(session, signature, piece, piece.length);
    const steps = channels.length / EMBEDDING_SIZE;
    for (let step = from; step < to; step++) {
      for (let c = 0; c < EMBEDDING_SIZE; c++) {
        embeddings.data[step * EMBEDDING_SIZE + c] = channels[c * steps + step - first]!;
      }
    }
  }
  return embeddings;
}

/** What the model gives for waveforms of `length` samples, one after another in `samples`; zeros fill up a fixed batch that is not full. */
export async function runModel(
  session: Session,
  { input, output, channel, batch: fixed }: ClmrSignature,
  samples: Float32Array,
  length: number,
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
  const { [output]: result } = await session.run({ [input]: feed });
  const values = result!.data as Float32Array;
  return values.subarray(0, (values.length / batch) * count);
}
