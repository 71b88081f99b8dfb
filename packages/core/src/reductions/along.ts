import type { Range } from '../kernel.ts';
import { mergeHistograms } from './histogram.ts';
import { emptyPairs, mergePairs, PairFinder, type PairList, pushPair } from './pairs.ts';
import { type AlongPass, TILES_A_SIDE } from './pass.ts';
import { type Scan, tileFloors } from './scan.ts';
import { type ScoreCounter, scoreCount } from './scores.ts';
import type { TileSize } from './tiles.ts';

// The least floor of so many places is known, so that few have to be looked at between a tile's rows and its columns.
const BLOCK = 512;

/** The pairs of a pass along an order, and the scores that were counted with them. */
export interface AlongList extends PairList {
  scores?: AlongScores;
}

/** Scores of pairs, apart by the rows of the tasks they were found in: of the last ones not all pairs may have been looked at. */
export interface AlongScores {
  /** How many pairs have which score, a number for each bin, by the first row of the tasks. */
  readonly countsFrom: Map<number, Float64Array>;
  /** Those of the highest scores: of more than there is room for, some. */
  readonly pairs: PairList;
}

/** Lists the pairs of a pass that reach the least floor between their places. Scores are counted where `counts`, which takes all products. */
export function alongScan({ order, cap, most, ...pass }: AlongPass, size: TileSize, counts: boolean): Scan<AlongList> {
  const asked = counts ? pass.scores : undefined;
  const finder = new PairFinder(order, size, asked === undefined ? 4 : 6);
  const { memory, products } = finder;
  const list: AlongList = emptyPairs();
  const halves = memory.float32(order.length);
  const gaps = memory.float32(order.length);
  /** The least floor from a row to the first column of a tile, and from there to another column. */
  const rowFloors = memory.float32(order.length);
  const colFloors = memory.float32(order.length);
  halves.set(pass.halves);
  gaps.set(pass.floors);
  const takeScores = asked && scoresTaker(list, scoreCount({ order, cap, ...asked }, finder, halves), asked.bins, size);
  const leastOf = leastInRange(pass.floors);

  /** Of rows among the columns the scan finds the floors by itself: theirs are those from the first column on, or less. */
  const setFloors = (rows: Range, cols: Range) => {
    let least = Infinity;
    for (let col = cols.start; col < cols.end; col++) {
      colFloors[col] = least;
      least = Math.min(least, gaps[col]!);
    }
    const before = Math.min(rows.end, cols.start);
    if (before < rows.end) rowFloors.fill(Infinity, Math.max(rows.start, before), rows.end);
    least = before < cols.start ? leastOf(before, cols.start) : Infinity;
    for (let row = before - 1; row >= rows.start; row--) {
      least = Math.min(least, gaps[row]!);
      rowFloors[row] = least;
    }
  };

  return {
    products,
    finish: () => list,
    skips: () => false,
    isFull: ({ start }) => {
      if (list.count <= most) return false;
      list.rows = Math.min(list.rows, start);
      return true;
    },
    floors: (rows, cols) => {
      setFloors(rows, cols);
      const { row, rowOffset } = tileFloors(rowFloors, halves, rows, cols);
      const { col, colOffset } = tileFloors(colFloors, halves, rows, cols);
      return { row, col, rowOffset, colOffset };
    },
    take: (rows, cols) => {
      setFloors(rows, cols);
      finder.find(
        rows,
        (row, col, value) => pushPair(list, order[row]!, order[col]!, value),
        (from, ...into) =>
          memory.scan('along', [products, rows, cols], halves, gaps, rowFloors, colFloors, cap, from, ...into),
      );
      takeScores?.(rows, cols);
    },
  };
}

/** What takes the scores of tiles into the list. */
function scoresTaker(
  list: AlongList,
  { pairs, take }: ScoreCounter,
  bins: number,
  size: TileSize,
): (rows: Range, cols: Range) => void {
  const countsFrom = new Map<number, Float64Array>();
  list.scores = { countsFrom, pairs };
  return (rows, cols) => {
    const first = rows.start - (rows.start % (TILES_A_SIDE * size.rows));
    const counts = countsFrom.get(first) ?? new Float64Array(bins);
    countsFrom.set(first, counts);
    take(rows, cols, counts);
  };
}

/** Adds what another thread found. Scores count where all counted them. */
export function mergeAlong(list: AlongList, other: AlongList): void {
  mergePairs(list, other);
  const [scores, more] = [list.scores, other.scores];
  if (scores === undefined || more === undefined) {
    delete list.scores;
    return;
  }
  mergePairs(scores.pairs, more.pairs);
  for (const [first, counts] of more.countsFrom) {
    const own = scores.countsFrom.get(first);
    if (own === undefined) scores.countsFrom.set(first, counts);
    else mergeHistograms(own, counts);
  }
}

/** The least of `values` from `start` to `end` − 1. */
function leastInRange(values: Float32Array): (start: number, end: number) => number {
  const leastOf = (some: Float32Array, start: number, end: number) => {
    let least = Infinity;
    for (let at = start; at < end; at++) least = Math.min(least, some[at]!);
    return least;
  };
  const blocks = Float32Array.from({ length: Math.ceil(values.length / BLOCK) }, (_, block) =>
    leastOf(values, block * BLOCK, Math.min(values.length, (block + 1) * BLOCK)),
  );
  return (start, end) => {
    const [first, last] = [Math.ceil(start / BLOCK), Math.floor(end / BLOCK)];
    if (first >= last) return leastOf(values, start, end);
    return Math.min(
      leastOf(values, start, first * BLOCK),
      leastOf(blocks, first, last),
      leastOf(values, last * BLOCK, end),
    );
  };
}
