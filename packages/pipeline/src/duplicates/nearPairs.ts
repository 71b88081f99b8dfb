import { type Matrix, onGrid, SIMILARITY_GRID, type SimilarityKernel } from '@refrain/core';
import { DUPLICATE_THRESHOLD, similarityOf } from '@refrain/core/pruning';

/** Two rows, i < j. */
export interface NearPair {
  readonly i: number;
  readonly j: number;
}

/**
 * All pairs of rows (unit rows, or zeros) with a similarity of at least `threshold`, by i, then j; with `isCompared`, of those that have a 1 there.
 * A kernel is asked only where the rows' columns tell too few pairs apart. Float64 decides in both cases.
 */
export async function nearIdenticalPairs(
  embeddings: Matrix,
  kernel: SimilarityKernel,
  threshold: number = DUPLICATE_THRESHOLD,
  isCompared?: ArrayLike<number>,
): Promise<NearPair[]> {
  const candidates =
    pairsByColumns(embeddings, threshold, isCompared) ??
    (await pairsByKernel(embeddings, kernel, threshold, isCompared));
  const pairs = candidates.filter(({ i, j }) => similarityOf(embeddings, i, j) >= onGrid(threshold));
  return pairs.sort((a, b) => a.i - b.i || a.j - b.j);
}

async function pairsByKernel(
  embeddings: Matrix,
  kernel: SimilarityKernel,
  threshold: number,
  isCompared: ArrayLike<number> | undefined,
): Promise<NearPair[]> {
  const points = await kernel.load(embeddings);
  const floor = new Float32Array(embeddings.rows).map((_, row) =>
    isCompared?.[row] === 0 ? Infinity : threshold - points.tolerance,
  );
  const found = await points.pairsAbove({ floor }).finally(() => points.close());
  return Array.from(found.i, (i, at) => ({ i, j: found.j[at]! }));
}

/** Columns by which pairs are told apart; the first two say with whom a row is compared at all. */
const COLUMNS = 8;

// As a share of all pairs, twice over: two of 512 numbers are told apart in a quarter of the time that their product takes, and measured in some hundred times that.
const WORTHWHILE = 1 / 16;
const COST_OF_CANDIDATE = 100;
const ALWAYS_WORTHWHILE = 1e6;

/**
 * Pairs that may be near-identical, in no order, among them all that are. Two such rows differ in no column by more than their distance allows, so rows go
 * into strips as wide as that by the column that varies most, and are sorted by the next one: each is compared with few.
 * Undefined where that would take longer than the kernel: rows that differ little, or a low threshold.
 */
export function pairsByColumns(
  embeddings: Matrix,
  threshold: number,
  isCompared?: ArrayLike<number>,
): NearPair[] | undefined {
  const { used, longest } = comparable(embeddings, isCompared);
  // |x − y|² = |x|² + |y|² − 2x·y; a whole grid step, not half of one, so that rounding loses no pair.
  const reach = 2 * (longest - threshold + SIMILARITY_GRID);
  if (!(threshold > 0) || embeddings.cols < 2) return undefined;
  if (reach < 0) return [];
  const search = new StripSearch(inStrips(embeddings, used, Math.sqrt(reach)), reach);
  return search.run();
}

/** The search for rows whose columns differ by no more than `reach` in sum of squares. */
class StripSearch {
  readonly #strips: Strips;
  readonly #reach: number;
  readonly #radius: number;
  readonly #pairs: NearPair[] = [];
  /** Comparisons that are still worthwhile. */
  #left: number;

  constructor(strips: Strips, reach: number) {
    this.#strips = strips;
    this.#reach = reach;
    this.#radius = Math.sqrt(reach);
    this.#left = Math.max(ALWAYS_WORTHWHILE, WORTHWHILE * strips.rows.length ** 2);
  }

  /** The pairs; undefined where it is given up. */
  run(): NearPair[] | undefined {
    const { strips, second } = this.#strips;
    for (const [at, strip] of strips.entries()) {
      const next = strips[at + 1]?.number === strip.number + 1 ? strips[at + 1] : undefined;
      let first = next?.start ?? 0;
      for (let place = strip.start; place < strip.end && this.#left > 0; place++) {
        this.#compare(place, place + 1, strip.end);
        if (next === undefined) continue;
        while (first < next.end && second[first]! < second[place]! - this.#radius) first++;
        this.#compare(place, first, next.end);
      }
    }
    return this.#left > 0 ? this.#pairs : undefined;
  }

  /** Compares a place with those from `from` on, of one strip, that the second column does not rule out. */
  #compare(place: number, from: number, end: number): void {
    const strips = this.#strips;
    const { rows, second } = strips;
    const reach = this.#reach;
    const highest = second[place]! + this.#radius;
    let other = from;
    for (; other < end && second[other]! <= highest; other++) {
      if (!isNear(strips, place, other, reach)) continue;
      this.#left -= COST_OF_CANDIDATE;
      const [i, j] = [rows[place]!, rows[other]!];
      this.#pairs.push(i < j ? { i, j } : { i: j, j: i });
    }
    this.#left -= other - from;
  }
}

/** Whether the columns of two places differ by no more than `reach` in sum of squares. */
function isNear({ values, width }: Strips, place: number, other: number, reach: number): boolean {
  // From the last column on: by the first two they are near already.
  let sum = 0;
  for (let k = width - 1, p = place * width, q = other * width; k >= 0; k--) {
    const difference = values[p + k]! - values[q + k]!;
    sum += difference * difference;
    if (sum > reach) return false;
  }
  return true;
}

/** The rows that can be similar to others: zeros are not. And the greatest |x|². */
function comparable({ data, rows, cols }: Matrix, isCompared: ArrayLike<number> | undefined) {
  const used: number[] = [];
  let longest = 0;
  for (let row = 0; row < rows; row++) {
    if (isCompared?.[row] === 0) continue;
    let squared = 0;
    for (let at = row * cols; at < (row + 1) * cols; at++) squared += data[at]! * data[at]!;
    if (squared > 0) used.push(row);
    longest = Math.max(longest, squared);
  }
  return { used, longest };
}

/** Rows whose first column lies in one interval, by their places. */
interface Strip {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** Rows in strips, each sorted by the second column. */
interface Strips {
  /** The row at each place. */
  readonly rows: Uint32Array;
  readonly strips: readonly Strip[];
  /** The second column at each place. */
  readonly second: Float64Array;
  /** `width` columns of every place, row-major. */
  readonly values: Float64Array;
  readonly width: number;
}

function inStrips({ data, cols }: Matrix, used: readonly number[], radius: number): Strips {
  const columns = mostVaried({ data, cols }, used);
  const columnOf = (row: number, column: number) => data[row * cols + columns[column]!]!;
  const stripOf = (row: number) => Math.floor(columnOf(row, 0) / radius);
  const rows = Uint32Array.from(used).sort((a, b) => stripOf(a) - stripOf(b) || columnOf(a, 1) - columnOf(b, 1));
  const strips: Strip[] = [];
  for (let start = 0, end = 0; start < rows.length; start = end) {
    const number = stripOf(rows[start]!);
    while (end < rows.length && stripOf(rows[end]!) === number) end++;
    strips.push({ number, start, end });
  }
  const width = columns.length;
  const values = Float64Array.from({ length: rows.length * width }, (_, at) =>
    columnOf(rows[Math.floor(at / width)]!, at % width),
  );
  return { rows, strips, second: Float64Array.from(rows, (row) => columnOf(row, 1)), values, width };
}

/** Up to `COLUMNS` columns, those of the greatest variance first. */
function mostVaried({ data, cols }: Pick<Matrix, 'data' | 'cols'>, rows: readonly number[]): number[] {
  const sums = new Float64Array(cols);
  const squares = new Float64Array(cols);
  for (const row of rows) {
    for (let k = 0, at = row * cols; k < cols; k++, at++) {
      sums[k]! += data[at]!;
      squares[k]! += data[at]! * data[at]!;
    }
  }
  const variance = squares.map((square, k) => square - sums[k]! ** 2 / rows.length);
  return [...variance.keys()].sort((a, b) => variance[b]! - variance[a]! || a - b).slice(0, COLUMNS);
}
