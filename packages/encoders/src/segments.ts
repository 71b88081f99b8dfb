import { peakOf, SampleQueue } from '@refrain/audio';
import { DataError, type Matrix, zeros } from '@refrain/core';

/** The error of an encoder that got no audio. */
export function noSamples(name: string): DataError {
  return new DataError(name, `The ${name} encoder got audio without a single sample.`);
}

/** Throws a DataError for a sample that is not finite; `samples` begin at sample `start` of their clip. */
export function checkFinite(samples: Float32Array, start: number, name: string): void {
  const bad = firstNotFinite(samples);
  if (bad === -1) return;
  throw new DataError(name, `The ${name} encoder needs finite samples, but sample ${start + bad} is ${samples[bad]}.`);
}

/** What of a clip is encoded together. */
export interface ChunkShape {
  /** Samples of a segment, and from the start of one to the start of the next. */
  readonly window: number;
  readonly hop: number;
  /** Segments in a chunk; the last one may have fewer. */
  readonly segments: number;
  /** Whether samples that are left behind the last whole segment are given too: by themselves, or at the end of the last chunk. */
  readonly rest?: boolean;
}

/**
 * Puts the pieces of a clip together to chunks of whole segments, so that segment i of the clip is segment i mod `segments` of a chunk. A clip
 * shorter than a segment is one chunk. Throws a DataError for an encoder `name` where there is no sample, or one that is not finite.
 */
export async function* chunksOf(
  pieces: AsyncIterable<Float32Array>,
  { window, hop, segments, rest = false }: ChunkShape,
  name: string,
): AsyncGenerator<Float32Array> {
  const queue = new SampleQueue();
  const length = (segments - 1) * hop + window;
  let start = 0;
  for await (const piece of pieces) {
    checkFinite(piece, queue.end, name);
    queue.push(piece);
    for (; queue.end - start >= length; start += segments * hop) {
      yield queue.read(start, length);
      queue.drop(start + segments * hop);
    }
  }
  const left = queue.end - start;
  if (queue.end === 0) throw noSamples(name);
  if (start === 0 || left >= window || (rest && left > 0)) yield queue.read(start, left);
}

/** Rows one below the other; `dim` columns. */
export function stacked(parts: readonly Matrix[], dim: number): Matrix {
  if (parts.length === 1) return parts[0]!;
  const all = zeros(
    parts.reduce((sum, { rows }) => sum + rows, 0),
    dim,
  );
  let row = 0;
  for (const { data, rows } of parts) {
    all.data.set(data, row * dim);
    row += rows;
  }
  return all;
}

/** `embeddings` themselves. Throws a DataError where the model of the encoder `name` gave a number that is not finite. */
export function checkedEmbeddings(embeddings: Matrix, name: string): Matrix {
  if (firstNotFinite(embeddings.data) === -1) return embeddings;
  throw new DataError(name, `The model of the ${name} encoder gave numbers that are not finite for this audio.`);
}

function firstNotFinite(values: Float32Array): number {
  return Number.isFinite(peakOf(values)) ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/**
 * Where the segments of a clip begin, in samples: 0, hop, 2·hop … as long as a whole `window` fits, so a last partial piece is
 * dropped. A clip shorter than the window is one segment.
 */
export function segmentStarts(samples: number, window: number, hop: number): Uint32Array {
  const count = samples < window ? 1 : 1 + Math.floor((samples - window) / hop);
  return Uint32Array.from({ length: count }, (_, i) => i * hop);
}
