import { DataError, type Matrix, type NumberRows, zeros } from '@refrain/core';
import type { Standardization } from '@refrain/pruned-dataset';
import { checkSegments, type WideSegments } from './checkSegments.ts';

// float32 resolves 6e-8 of a value, float64 1e-16: what varies less than this around its mean varies by rounding only.
const CONSTANT_BELOW = { float32: 1e-6, float64: 1e-14 };

/**
 * The standardisation that gives each dimension mean 0 and standard deviation 1 over all segments of the clips, each segment counting
 * once. Dimensions whose standard deviation is at most a millionth of their mean's size (float64: a 10⁻¹⁴ of it) are dropped as constant. Where none
 * varies all are taken as they are, mean 0 and deviation 1: then all clips are alike. Sums are compensated (Neumaier 1974), so another order of the
 * clips changes the last bit at most. Throws a DataError for a number that is not finite, naming the clip.
 */
export function fitStandardization(train: WideSegments): Standardization {
  checkSegments(train);
  const { cols } = train.segments;
  const means = columnMeans(train.segments, (value) => value);
  const variances = columnMeans(train.segments, (value, column) => (value - means[column]!) ** 2);
  const sds = variances.map(Math.sqrt);
  const constantBelow = CONSTANT_BELOW[train.segments.data instanceof Float64Array ? 'float64' : 'float32'];
  const columns = [...sds.keys()].filter((column) => sds[column]! > constantBelow * Math.abs(means[column]!));
  if (columns.length === 0) return asTheyAre(cols);
  const chosen = (all: Float64Array) => columns.map((column) => all[column]!);
  return { dim: cols, columns, mean: chosen(means), sd: chosen(sds) };
}

function asTheyAre(dim: number): Standardization {
  return {
    dim,
    columns: Array.from({ length: dim }, (_, column) => column),
    mean: new Array<number>(dim).fill(0),
    sd: new Array<number>(dim).fill(1),
  };
}

/** The mean over all rows of `term` of each column's values, by compensated sums. */
function columnMeans({ data, rows, cols }: NumberRows, term: (value: number, column: number) => number): Float64Array {
  const sums = new Float64Array(cols);
  const lost = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < cols; column++) {
      const value = term(data[row * cols + column]!, column);
      const sum = sums[column]!;
      const next = sum + value;
      lost[column]! += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sums[column] = next;
    }
  }
  return sums.map((sum, column) => (sum + lost[column]!) / rows);
}

/** The rows of `segments` standardised, and only then cut to float32: `rows × columns.length`. Throws a DataError when they have another width than was fitted. */
export function standardize(segments: NumberRows, { dim, columns, mean, sd }: Standardization): Matrix {
  const { data, rows, cols } = segments;
  if (cols !== dim) {
    throw new DataError(
      'embeddings',
      `The standardization was fitted on embeddings of ${dim} numbers; these have ${cols}: they are another encoder's.`,
    );
  }
  const standardized = zeros(rows, columns.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < columns.length; i++, at++) {
      standardized.data[at] = (data[row * cols + columns[i]!]! - mean[i]!) / sd[i]!;
    }
  }
  return standardized;
}
