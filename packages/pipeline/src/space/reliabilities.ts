import { median, type NumberRows, type Random, shuffled } from '@refrain/core';

/** How alike each clip is to itself. */
export interface Reliabilities {
  /** One per clip, 0…1. */
  readonly r: Float64Array;
  /** How many clips were measured; the others have the median of theirs. */
  readonly measured: number;
}

const FEWEST_SEGMENTS = 4;
const SPLITS = 20;

/**
 * Split-half reliabilities: a clip's segments are halved at random 20 times, h is the average cosine of the two halves' means, and
 * r = 2h / (1 + h) lifts it to the whole clip (Spearman 1910, Brown 1910). An odd segment goes to the second half. A half whose mean is zero has
 * cosine 0 to the other, and h ≤ 0 gives r = 0: the formula means nothing there. Clips with fewer than four segments, or with nothing but zeros,
 * take the median of the measured.
 *
 * Clips of as many segments are halved in the same ways, so a clip's own value depends on `random`'s seed and its segments only: neither its name
 * nor the other clips matter.
 */
export class SelfSimilarity {
  readonly #random: Random;
  readonly #r: number[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes the segments of the next clip. */
  add(segments: NumberRows): void {
    const h = splitHalfSimilarity(segments, this.#random);
    this.#r.push(h === undefined ? Number.NaN : spearmanBrown(h));
  }

  /** Of the clips that were taken; undefined when none of them could be measured. */
  finish(): Reliabilities | undefined {
    const r = Float64Array.from(this.#r);
    const measured = r.filter((value) => !Number.isNaN(value)).sort();
    if (measured.length === 0) return undefined;
    const usual = median(measured);
    return { r: r.map((value) => (Number.isNaN(value) ? usual : value)), measured: measured.length };
  }
}

/** The reliability of a whole from the correlation h of its halves, 0…1. */
function spearmanBrown(h: number): number {
  return h <= 0 ? 0 : Math.min(1, (2 * h) / (1 + h));
}

function splitHalfSimilarity(segments: NumberRows, random: Random): number | undefined {
  const { data, rows: count } = segments;
  if (count < FEWEST_SEGMENTS) return undefined;
  if (data.every((value: number) => value === 0)) return undefined;
  const splits = random.fork(`${count} segments`);
  let sum = 0;
  for (let split = 0; split < SPLITS; split++) {
    const order = shuffled(splits, count);
    const half = Math.floor(count / 2);
    const first = sumOfRows(segments, order.subarray(0, half));
    const second = sumOfRows(segments, order.subarray(half));
    sum += cosine(first, second);
  }
  return sum / SPLITS;
}

/** The sum serves as the mean: the cosine does not see the length. */
function sumOfRows({ data, cols }: NumberRows, rows: Uint32Array): Float64Array {
  const sum = new Float64Array(cols);
  for (const row of rows) {
    for (let c = 0, at = row * cols; c < cols; c++, at++) sum[c]! += data[at]!;
  }
  return sum;
}

function cosine(a: Float64Array, b: Float64Array): number {
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let c = 0; c < a.length; c++) {
    product += a[c]! * b[c]!;
    squaresOfA += a[c]! * a[c]!;
    squaresOfB += b[c]! * b[c]!;
  }
  return squaresOfA === 0 || squaresOfB === 0 ? 0 : product / Math.sqrt(squaresOfA * squaresOfB);
}
