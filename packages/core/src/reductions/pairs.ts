import type { PairScore, Pairs, Range } from '../kernel.ts';
import type { PairsPass } from './pass.ts';
import { type Scan, ScanMemory, tileFloors } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

// Pairs that one call of the scan can find; at least as many as a tile has columns.
const ROOM = 4096;

/** Lists the pairs of a pass that reach both floors. */
export function pairsScan(pass: PairsPass, size: TileSize): Scan<PairList> {
  const { order, cap, most } = pass;
  const finder = new PairFinder(order, size, 2);
  const { memory, products } = finder;
  const list = emptyPairs();
  const halves = memory.float32(order.length);
  const floors = memory.float32(order.length);
  halves.set(pass.halves);
  floors.set(pass.floor);
  const isWanted = pass.score === undefined ? () => true : hasScore(pass.score);
  return {
    products,
    finish: () => list,
    skips: () => false,
    isFull: () => list.count > (most ?? Infinity),
    floors: (rows, cols) => tileFloors(floors, halves, rows, cols),
    take: (rows, cols) =>
      finder.find(
        rows,
        (row, col, value) => {
          if (isWanted(row, col, value)) pushPair(list, order[row]!, order[col]!, value);
        },
        (from, ...into) => memory.scan('pairs', [products, rows, cols], halves, floors, cap, from, ...into),
      ),
  };
}

/** Memory for the scans that find pairs, with room for some arrays of one number for each place. */
export class PairFinder {
  readonly memory: ScanMemory;
  readonly products: Float32Array;
  readonly #rows: Int32Array;
  readonly #cols: Int32Array;
  readonly #values: Float32Array;
  readonly #found: Int32Array;

  constructor(order: Uint32Array, size: TileSize, arrays: number) {
    const tile = tileLength(size, order.length);
    const room = Math.max(ROOM, size.cols);
    this.memory = new ScanMemory([tile, room, room, room, 1, ...new Array<number>(arrays).fill(order.length)]);
    this.products = this.memory.float32(tile);
    this.#rows = this.memory.int32(room);
    this.#cols = this.memory.int32(room);
    this.#values = this.memory.float32(room);
    this.#found = this.memory.int32(1);
  }

  /** Hands over what a scan of the rows finds, by place. `scan` begins at a row, has room for so many pairs, and returns the row to go on with. */
  readonly find = (
    rows: Range,
    onPair: (row: number, col: number, similarity: number) => void,
    scan: (from: number, room: number, ...into: (Int32Array | Float32Array)[]) => number,
  ): void => {
    for (let from = rows.start; from < rows.end; ) {
      from = scan(from, this.#rows.length, this.#rows, this.#cols, this.#values, this.#found);
      for (let at = 0; at < this.#found[0]!; at++) {
        onPair(this.#rows[at]!, this.#cols[at]!, this.#values[at]!);
      }
    }
  };
}

/** Whether the pair of two places has the score. Few pairs reach their floors, so this need not be quick. */
function hasScore({
  scale,
  offset,
  least,
}: PairScore & { readonly least: number }): (row: number, col: number, value: number) => boolean {
  return (row, col, value) => value * (scale[row]! + scale[col]!) - offset[row]! - offset[col]! >= least;
}

/** Pairs found so far, in no order; the arrays have room for more than `count`. */
export interface PairList {
  count: number;
  /** Of a pass along an order: the first row whose pairs were not all looked for; Infinity where all were. */
  rows: number;
  i: Uint32Array;
  j: Uint32Array;
  similarity: Float32Array;
}

/** A list of no pairs. */
export function emptyPairs(): PairList {
  return {
    count: 0,
    rows: Infinity,
    i: new Uint32Array(1024),
    j: new Uint32Array(1024),
    similarity: new Float32Array(1024),
  };
}

/** Adds the pairs of `other` to `list`. */
export function mergePairs(list: PairList, other: PairList): void {
  list.rows = Math.min(list.rows, other.rows);
  const together = list.count + other.count;
  // No more room than they take: there may be a hundred pairs a point.
  if (together > list.i.length) widen(list, together);
  list.i.set(other.i.subarray(0, other.count), list.count);
  list.j.set(other.j.subarray(0, other.count), list.count);
  list.similarity.set(other.similarity.subarray(0, other.count), list.count);
  list.count = together;
}

/**
 * The pairs ordered by i, then j, for points 0 … pointCount − 1: two stable counting sorts, so in time linear in pairs and points. The list is empty
 * then: of a million points the pairs take gigabytes, so what was read is written over.
 */
export function sortedPairs(list: Omit<PairList, 'rows'>, pointCount: number): Pairs {
  const { count, i, j, similarity } = list;
  const { rows: _, ...none } = emptyPairs();
  Object.assign(list, none);
  const byJ = countingSort(j, undefined, count, pointCount);
  const order = countingSort(i, byJ, count, pointCount);
  const gathered = <T extends Uint32Array | Float32Array>(column: T, into: T): T => {
    for (let at = 0; at < count; at++) into[at] = column[order[at]!]!;
    return into;
  };
  const spare = (column: Uint32Array) => (column.length === count ? column : new Uint32Array(count));
  const sorted = { i: gathered(i, byJ), j: gathered(j, spare(i)) };
  const { buffer, byteOffset } = spare(j);
  return { ...sorted, similarity: gathered(similarity, new Float32Array(buffer, byteOffset, count)) };
}

/** Adds the pair of points a and b, in either order. */
export function pushPair(list: PairList, a: number, b: number, similarity: number): void {
  if (list.count === list.i.length) widen(list, 2 * list.count);
  list.i[list.count] = Math.min(a, b);
  list.j[list.count] = Math.max(a, b);
  list.similarity[list.count++] = similarity;
}

function widen(list: PairList, room: number): void {
  const wider = <T extends Uint32Array | Float32Array>(old: T, fresh: T): T => {
    fresh.set(old);
    return fresh;
  };
  list.i = wider(list.i, new Uint32Array(room));
  list.j = wider(list.j, new Uint32Array(room));
  list.similarity = wider(list.similarity, new Float32Array(room));
}

/** The entries 0 … count − 1, visited in `order` (default ascending), stably sorted by their key. */
function countingSort(keys: Uint32Array, order: Uint32Array | undefined, count: number, keyCount: number): Uint32Array {
  const next = new Uint32Array(keyCount + 1);
  for (let at = 0; at < count; at++) next[keys[at]! + 1]! += 1;
  for (let key = 0; key < keyCount; key++) next[key + 1]! += next[key]!;
  const sorted = new Uint32Array(count);
  for (let step = 0; step < count; step++) {
    const at = order === undefined ? step : order[step]!;
    sorted[next[keys[at]!]!++] = at;
  }
  return sorted;
}
