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
  /** Of the last number of segments: clips of one length follow one another. */
  #orders: { readonly count: number; readonly splits: readonly Uint32Array[] } = { count: 0, splits: [] };

  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes the segments of the next clip. */
  add(segments: NumberRows): void {
    const h = isMeasurable(segments) ? splitHalfSimilarity(segments, this.#splits(segments.rows)) : undefined;
    this.#r.push(h === undefined ? Number.NaN : spearmanBrown(h));
  }

  /** So many segments in 20 random orders. */
  #splits(count: number): readonly Uint32Array[] {
    if (this.#orders.count !== count) {
      const random = this.#random.fork(`${count} segments`);
      this.#orders = { count, splits: Array.from({ length: SPLITS }, () => shuffled(random, count)) };
    }
    return this.#orders.splits;
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

function isMeasurable({ data, rows }: NumberRows): boolean {
  return rows >= FEWEST_SEGMENTS && !data.every((value: number) => value === 0);
}

function splitHalfSimilarity(segments: NumberRows, splits: readonly Uint32Array[]): number {
  const { rows, cols } = segments;
  const half = Math.floor(rows / 2);
  const [first, second] = [new Float64Array(cols), new Float64Array(cols)];
  let sum = 0;
  for (const order of splits) {
    sumRows(segments, order, 0, half, first);
    sumRows(segments, order, half, rows, second);
    sum += cosine(first, second);
  }
  return sum / splits.length;
}

/**
 * The sum of the rows at the places `from … to − 1` of `order`, one after the other. It serves as the mean: the cosine does not see the length. Four rows are
 * added at a time, so that sums are read and written less often.
 */
function sumRows({ data, cols }: NumberRows, order: Uint32Array, from: number, to: number, sums: Float64Array): void {
  sums.fill(0);
  let place = from;
  for (; place + 4 <= to; place += 4) {
    let [p, q, r, s] = [
      order[place]! * cols,
      order[place + 1]! * cols,
      order[place + 2]! * cols,
      order[place + 3]! * cols,
    ];
    for (let c = 0; c < cols; c++) sums[c] = sums[c]! + data[p++]! + data[q++]! + data[r++]! + data[s++]!;
  }
  for (; place < to; place++) {
    for (let c = 0, at = order[place]! * cols; c < cols; c++, at++) sums[c]! += data[at]!;
  }
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
