import { DataError, type Matrix, type NumberRows, zeros } from '@refrain/core';
import { BLOCK_ROWS, openTransform } from '@refrain/onnx';
import type { FittedSpace } from '@refrain/pruned-dataset';
import { readClip, type SegmentSource } from './segments.ts';

/** A clip's segments in the space, there during the call only: float32 where they are raw or standardised, float64 where they are whitened. */
export type TakeSegments = (segments: NumberRows, clip: number) => void;

/**
 * Gives `take` the segments of one clip after another in the space that was fitted, or as they are. Throws a DataError that names the clip for a number
 * that is not finite, and where segments have another width than those of the fit.
 */
export async function placeSegments(
  source: SegmentSource,
  fitted: FittedSpace | undefined,
  take: TakeSegments,
): Promise<void> {
  if (fitted !== undefined && source.clips > 0) checkWidth(source.dim, fitted);
  if (fitted?.whitening !== undefined) return whitenAll(source, fitted, fitted.whitening.matrix, take);
  for (let clip = 0; clip < source.clips; clip++) {
    const segments = await readClip(source, clip);
    take(fitted === undefined ? asFloat32(segments) : standardize(segments, fitted), clip);
  }
}

/** The numbers as float32: as they are, where they are that already. */
export function asFloat32({ data, rows, cols }: NumberRows): Matrix {
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), rows, cols };
}

/** The rows of `segments` standardised while they are as wide as they came, and only then cut to float32: `rows × columns.length`. */
export function standardize(segments: NumberRows, fitted: FittedSpace): Matrix {
  checkWidth(segments.cols, fitted);
  const standardized = zeros(segments.rows, fitted.columns.length);
  standardizeInto(standardized.data, segments, fitted, 0, segments.rows);
  return standardized;
}

function checkWidth(cols: number, { dim }: FittedSpace): void {
  if (cols === dim) return;
  throw new DataError(
    'embeddings',
    `The space was fitted on embeddings of ${dim} numbers; these have ${cols}: they are another encoder's.`,
  );
}

function standardizeInto(
  into: Float32Array | Float64Array,
  { data, cols }: NumberRows,
  { columns, mean, sd }: FittedSpace,
  start: number,
  end: number,
  at = 0,
): void {
  let to = at;
  for (let row = start; row < end; row++) {
    for (let i = 0; i < columns.length; i++, to++) into[to] = (data[row * cols + columns[i]!]! - mean[i]!) / sd[i]!;
  }
}

/** Rows of a clip in the block that is multiplied next. */
interface Waiting {
  readonly clip: number;
  /** How many rows the clip has, and which of them come first in the block, and behind the last. */
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

async function whitenAll(
  source: SegmentSource,
  fitted: FittedSpace,
  matrix: Float64Array,
  take: TakeSegments,
): Promise<void> {
  const d = fitted.columns.length;
  const transform = await openTransform(d, matrix);
  const waiting: Waiting[] = [];
  let filled = 0;
  /** Rows of a clip that began in an earlier block. */
  let begun = new Float64Array(0);
  const flush = async () => {
    transform.block.fill(0, filled * d);
    await transform.compute();
    let from = 0;
    for (const { clip, rows, start, end } of waiting) {
      const product = transform.product.subarray(from, from + (end - start) * d);
      from += product.length;
      if (end - start === rows) {
        take({ data: product, rows, cols: d }, clip);
        continue;
      }
      if (start === 0) begun = new Float64Array(rows * d);
      begun.set(product, start * d);
      if (end === rows) take({ data: begun, rows, cols: d }, clip);
    }
    waiting.length = 0;
    filled = 0;
  };
  try {
    for (let clip = 0; clip < source.clips; clip++) {
      const segments = await readClip(source, clip);
      const { rows } = segments;
      for (let start = 0; start < rows; ) {
        const end = Math.min(rows, start + BLOCK_ROWS - filled);
        standardizeInto(transform.block, segments, fitted, start, end, filled * d);
        waiting.push({ clip, rows, start, end });
        filled += end - start;
        start = end;
        if (filled === BLOCK_ROWS) await flush();
      }
    }
    await flush();
  } finally {
    await transform.close();
  }
}
