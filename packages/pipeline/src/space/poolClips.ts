import { DataError, type Matrix, rowOf, type SegmentEmbeddings, zeros } from '@refrain/core';
import { checkSegments } from './checkSegments.ts';

/**
 * How the segments of a clip become one embedding: their `mean`; `flatten`, all of them in one row, number c of segment t of T at
 * c·T + t; or the `first`.
 */
export type Pooling = 'mean' | 'flatten' | 'first';

export interface ClipEmbeddings {
  /** One row of unit length per clip; a zero row for a silent one. */
  readonly embeddings: Matrix;
  /** Indices of the clips whose pooled embedding is zero, which has no direction; ascending. */
  readonly silent: readonly number[];
}

/**
 * One unit row per clip. Throws a DataError that names the clip for a number that is not finite, and for `flatten` when clips have
 * different numbers of segments.
 */
export function poolClips(embeddings: SegmentEmbeddings, pooling: Pooling): ClipEmbeddings {
  checkSegments(embeddings);
  const { segments, segmentStart } = embeddings;
  const clips = segmentStart.length - 1;
  const perClip = pooling === 'flatten' ? equalSegmentCount(segmentStart) : 1;
  const pooled = zeros(clips, segments.cols * perClip);
  const silent: number[] = [];
  for (let clip = 0; clip < clips; clip++) {
    const [start, end] = [segmentStart[clip]!, segmentStart[clip + 1]!];
    const vector =
      pooling === 'mean'
        ? meanOfRows(segments, start, end)
        : flattenedRows(segments, start, pooling === 'flatten' ? end : start + 1);
    let squares = 0;
    for (const value of vector) squares += value * value;
    if (squares === 0) silent.push(clip);
    else rowOf(pooled, clip).set(vector.map((value) => value / Math.sqrt(squares)));
  }
  return { embeddings: pooled, silent };
}

function equalSegmentCount(segmentStart: Uint32Array): number {
  const count = (segmentStart[1] ?? 0) - segmentStart[0]!;
  for (let clip = 1; clip < segmentStart.length - 1; clip++) {
    const own = segmentStart[clip + 1]! - segmentStart[clip]!;
    if (own === count) continue;
    throw new DataError(
      `clip ${clip}`,
      `Pooling "flatten" needs clips of equal length, but clip 0 has ${count} segments and clip ${clip} has ${own}: use "mean" or "first".`,
    );
  }
  return count;
}

function meanOfRows({ data, cols }: Matrix, start: number, end: number): Float64Array {
  const mean = new Float64Array(cols);
  for (let row = start; row < end; row++) {
    for (let c = 0; c < cols; c++) mean[c]! += data[row * cols + c]!;
  }
  return mean.map((sum) => sum / (end - start));
}

function flattenedRows({ data, cols }: Matrix, start: number, end: number): Float64Array {
  const count = end - start;
  const flat = new Float64Array(cols * count);
  for (let t = 0; t < count; t++) {
    for (let c = 0; c < cols; c++) flat[c * count + t] = data[(start + t) * cols + c]!;
  }
  return flat;
}
