import type { PairScore, Pairs, Range } from '../kernel.ts';
import type { PairsPass } from './pass.ts';
import { type Scan, ScanMemory, tileFloors } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

// Pairs that one call of the scan can find; at least as many as a tile has columns.
const ROOM = 4096;

/** Lists the pairs of a pass that reach both floors. */
export function pairsScan(pass: PairsPass, size: TileSize): Scan<PairList> {
  const { order, cap } = pass;
  const count = order.length;
  const tile = tileLength(size, count);
  const room = Math.max(ROOM, size.cols);
  const memory = new ScanMemory([tile, count, count, room, room, room, 1]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  const floors = memory.float32(count);
  const foundRows = memory.int32(room);
  const foundCols = memory.int32(room);
  const values = memory.float32(room);
  const found = memory.int32(1);
  halves.set(pass.halves);
  floors.set(pass.floor);
  const list = emptyPairs();

  const isWanted = pass.score === undefined ? () => true : hasScore(pass.score);
  const takeFrom = (from: number, rows: Range, cols: Range): number =>
    memory.scan('pairs', [products, rows, cols], halves, floors, cap, from, room, foundRows, foundCols, values, found);
  return {
    products,
    finish: () => list,
    skips: () => list.count > (pass.most ?? Infinity),
    floors: (rows, cols) => tileFloors(floors, halves, rows, cols),
    take: (rows, cols) => {
      for (let row = rows.start; row < rows.end; ) {
        row = takeFrom(row, rows, cols);
        for (let at = 0; at < found[0]!; at++) {
          const row = foundRows[at]!;
          const col = foundCols[at]!;
          if (isWanted(row, col, values[at]!)) pushPair(list, order[row]!, order[col]!, values[at]!);
        }
      }
    },
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
  i: Uint32Array;
  j: Uint32Array;
  similarity: Float32Array;
}

/** A list of no pairs. */
export function emptyPairs(): PairList {
  return { count: 0, i: new Uint32Array(1024), j: new Uint32Array(1024), similarity: new Float32Array(1024) };
}

/** Adds the pairs of `other` to `list`. */
export function mergePairs(list: PairList, other: PairList): void {
  for (let at = 0; at < other.count; at++) pushPair(list, other.i[at]!, other.j[at]!, other.similarity[at]!);
}

/** The pairs ordered by i, then j, for points 0 … pointCount − 1: two stable counting sorts, so in time linear in pairs and points. */
export function sortedPairs(list: PairList, pointCount: number): Pairs {
  const order = countingSort(list.i, countingSort(list.j, undefined, list.count, pointCount), list.count, pointCount);
  return {
    i: order.map((at) => list.i[at]!),
    j: order.map((at) => list.j[at]!),
    similarity: Float32Array.from(order, (at) => list.similarity[at]!),
  };
}

/** Adds the pair of points a and b, in either order. */
export function pushPair(list: PairList, a: number, b: number, similarity: number): void {
  if (list.count === list.i.length) grow(list);
  list.i[list.count] = Math.min(a, b);
  list.j[list.count] = Math.max(a, b);
  list.similarity[list.count++] = similarity;
}

function grow(list: PairList): void {
  const wider = <T extends Uint32Array | Float32Array>(old: T, fresh: T): T => {
    fresh.set(old);
    return fresh;
  };
  const room = list.i.length * 2;
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
