import {
  type LoadedPoints,
  type Matrix,
  type Move,
  type Reduction,
  type SimilarityKernel,
  sharedZeros,
} from '@refrain/core';

/** `euclidean` is |x − y|; `cosine` is 1 − cos(x, y), 0…2. */
export type Metric = 'euclidean' | 'cosine';

/**
 * Points whose distances are exact in float64 and bounded by the similarities of a kernel.
 * The kernel measures −e²/2 with e the euclidean distance of the loaded points: the points themselves, or their directions for `cosine`,
 * where 1 − cos = e²/2. So both metrics fall as the similarity rises.
 */
export interface MetricSpace {
  readonly count: number;
  readonly loaded: LoadedPoints;
  /** The distance of two points, from Σ(a − b)² in float64, which stays exact for near duplicates where |a|² + |b|² − 2a·b does not. */
  distance(i: number, j: number): number;
  /** The least distance that a pair with this similarity or less can have, with all rounding of the kernel allowed for. */
  distanceAtLeast(similarity: number): number;
  /** The greatest distance that a pair with this similarity or more can have, likewise. */
  distanceAtMost(similarity: number): number;
  /** The least similarity that a pair at this distance or nearer can have, likewise. */
  similarityAtLeast(distance: number): number;
  /** The greatest similarity that a pair at this distance or further can have, likewise. */
  similarityAtMost(distance: number): number;
  /** How cosines follow from similarities; undefined unless all rows are of length 1. */
  cosines(): Cosines | undefined;
}

/** The inner product of two rows of length 1 is 1 + `perSimilarity` times their similarity, give or take `error`. */
export interface Cosines {
  readonly perSimilarity: number;
  readonly error: number;
}

/** How far the square of a row's length may be from 1: some ten roundings of float32. */
const LENGTH_ERROR = 1e-6;

/** The rows that have a place in the metric: those of finite values only, and for `cosine` those that have a direction. Ascending. */
export function usableRows(points: Matrix, metric: Metric): Uint32Array {
  const indices = Uint32Array.from({ length: points.rows }, (_, i) => i);
  return indices.filter((i) => isUsable(points, i, metric));
}

function isUsable({ data, cols }: Matrix, i: number, metric: Metric): boolean {
  let hasDirection = false;
  for (let at = i * cols; at < (i + 1) * cols; at++) {
    if (!Number.isFinite(data[at])) return false;
    if (data[at] !== 0) hasDirection = true;
  }
  return metric === 'euclidean' || hasDirection;
}

/** Loads usable rows on a kernel: centred, because rounding grows with |x|², and scaled by a power of two, so that no square overflows float32. */
export async function openSpace(points: Matrix, metric: Metric, kernel: SimilarityKernel): Promise<MetricSpace> {
  const scale = metric === 'cosine' ? inverseNorms(points) : new Float64Array(points.rows).fill(1);
  const { mean, unit } = centreOf(points, scale);
  const move = { mean, unit, ...(metric === 'cosine' && { scale }) };
  const centred = kernel.loadMoved === undefined ? sharedZeros(points.rows, points.cols) : undefined;
  const displacement = centre(points, scale, { mean, unit }, centred?.data);
  const loaded =
    centred === undefined
      ? await kernel.loadMoved!(points, move, 'euclidean')
      : await kernel.load(centred, 'euclidean');
  // Each end of a pair was moved by at most `displacement` when it was rounded to float32.
  const euclideanAtLeast = (similarity: number) =>
    unit * Math.max(0, Math.sqrt(Math.max(0, -2 * (similarity + loaded.tolerance))) - 2 * displacement);
  const euclideanAtMost = (similarity: number) =>
    unit * (Math.sqrt(Math.max(0, -2 * (similarity - loaded.tolerance))) + 2 * displacement);
  const fromEuclidean = (euclidean: number) => (metric === 'cosine' ? euclidean ** 2 / 2 : euclidean);
  const toEuclidean = (distance: number) => (metric === 'cosine' ? Math.sqrt(2 * distance) : distance);
  return {
    count: points.rows,
    loaded,
    distance:
      metric === 'cosine'
        ? (i, j) => squaredChord(points, scale, i, j) / 2
        : (i, j) => Math.sqrt(squaredDistance(points, i, j)),
    distanceAtLeast: (similarity) => fromEuclidean(euclideanAtLeast(similarity)),
    distanceAtMost: (similarity) => fromEuclidean(euclideanAtMost(similarity)),
    // One part in 2²² is more than rounding to float32 can take away again.
    similarityAtLeast: (distance) => {
      const euclidean = toEuclidean(distance) / unit + 2 * displacement;
      return Math.fround(-(euclidean ** 2 / 2 + loaded.tolerance) * (1 + 2 ** -22));
    },
    similarityAtMost: (distance) => {
      const euclidean = Math.max(0, toEuclidean(distance) / unit - 2 * displacement);
      return Math.fround(loaded.tolerance * (1 + 2 ** -22) - (euclidean ** 2 / 2) * (1 - 2 ** -22));
    },
    cosines: () => {
      const lengths = lengthError(points);
      if (lengths > LENGTH_ERROR) return undefined;
      // |x − y| ≤ 2, and its half square moves by that times what the distance is off.
      const moved = 2 * displacement * unit;
      return {
        perSimilarity: unit ** 2,
        error: unit ** 2 * loaded.tolerance + 2 * moved + moved ** 2 / 2 + 2 * lengths,
      };
    },
  };
}

/** Σ(a − b)² of two rows in float64. */
function squaredDistance({ data, cols }: Matrix, i: number, j: number): number {
  let sum = 0;
  for (let k = 0, p = i * cols, q = j * cols; k < cols; k++) {
    const difference = data[p + k]! - data[q + k]!;
    sum += difference * difference;
  }
  return sum;
}

/** Σ(a − b)² of two rows brought to length 1 by `scale`, in float64. */
function squaredChord({ data, cols }: Matrix, scale: Float64Array, i: number, j: number): number {
  const scaleI = scale[i]!;
  const scaleJ = scale[j]!;
  let sum = 0;
  for (let k = 0, p = i * cols, q = j * cols; k < cols; k++) {
    const difference = data[p + k]! * scaleI - data[q + k]! * scaleJ;
    sum += difference * difference;
  }
  return sum;
}

function inverseNorms(points: Matrix): Float64Array {
  return Float64Array.from({ length: points.rows }, (_, i) => inverseNorm(points, i));
}

// That of float32, 2⁻²⁴, and a little for the float64 before it.
const ROUNDOFF = 2 ** -24 * (1 + 2 ** -20);

/** The mean of the scaled rows, and a power of two that brings the longest of those around it to a length of at most 1. */
function centreOf(points: Matrix, scale: Float64Array): Pick<Move, 'mean' | 'unit'> {
  const { mean, longest } = meanOf(points, scale);
  // No row is further from the mean than twice the longest is from the origin.
  return { mean, unit: longest > 0 ? 2 ** Math.ceil(Math.log2(2 * longest)) : 1 };
}

/**
 * Writes the scaled rows minus their mean, over the unit, to `into`, where there is one. Returns how far float32 moves a row, at most, in that unit:
 * each number by half a unit in its last place, or in that of the smallest numbers there are.
 */
function centre(
  { data, rows, cols }: Matrix,
  scale: Float64Array,
  { mean, unit }: Pick<Move, 'mean' | 'unit'>,
  into: Float32Array | undefined,
): number {
  let furthest = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    const factor = scale[i]!;
    let squared = 0;
    for (let k = 0; k < cols; k++, at++) {
      const value = (data[at]! * factor - mean[k]!) / unit;
      if (into !== undefined) into[at] = value;
      squared += value * value;
    }
    furthest = Math.max(furthest, squared);
  }
  return ROUNDOFF * Math.sqrt(furthest) + Math.sqrt(cols) * 2 ** -150;
}

/** The mean of the scaled rows, and the length of the longest. */
function meanOf({ data, rows, cols }: Matrix, scale: Float64Array): { mean: Float64Array; longest: number } {
  const mean = new Float64Array(cols);
  let longest = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    const factor = scale[i]!;
    let squared = 0;
    for (let k = 0; k < cols; k++, at++) {
      const value = data[at]! * factor;
      mean[k]! += value / rows;
      squared += value * value;
    }
    longest = Math.max(longest, squared);
  }
  return { mean, longest: Math.sqrt(longest) };
}

/**
 * Whether row i comes before row j by what is in them, column by column: an order of the points that does not know their indices.
 * For `cosine` rows are compared by their directions, so that their lengths have no say. Rows must be usable in the metric.
 */
export function rowOrder(points: Matrix, metric: Metric): (i: number, j: number) => boolean {
  const { data, cols } = points;
  const scales = metric === 'cosine' ? new Float64Array(points.rows) : undefined;
  // Only clusters that tie in size are ever compared, so lengths are computed when they are asked for.
  const scaleOf = (i: number) => {
    if (scales === undefined) return 1;
    if (scales[i] === 0) scales[i] = inverseNorm(points, i);
    return scales[i]!;
  };
  return (i, j) => {
    const [scaleI, scaleJ] = [scaleOf(i), scaleOf(j)];
    for (let k = 0, p = i * cols, q = j * cols; k < cols; k++) {
      const difference = data[p + k]! * scaleI - data[q + k]! * scaleJ;
      if (difference !== 0) return difference < 0;
    }
    return false;
  };
}

function inverseNorm(points: Matrix, i: number): number {
  return 1 / Math.sqrt(squaredNorm(points, i));
}

function squaredNorm({ data, cols }: Matrix, i: number): number {
  let sum = 0;
  for (let at = i * cols; at < (i + 1) * cols; at++) sum += data[at]! * data[at]!;
  return sum;
}

/** How far the square of a row's length is from 1 at most. */
function lengthError(points: Matrix): number {
  let most = 0;
  for (let i = 0; i < points.rows; i++) most = Math.max(most, Math.abs(squaredNorm(points, i) - 1));
  return most;
}

/** What a search of the kernel for so many points takes along: a signal that aborts it, and who is told how far it is. */
export type Watch = (points: number) => Reduction;

/** A search that nobody watches. */
export const unwatched: Watch = () => ({});
