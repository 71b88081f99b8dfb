import type { Range } from '../kernel.ts';
import { mergeHistograms } from './histogram.ts';
import { emptyPairs, mergePairs, PairFinder, type PairList, pushPair } from './pairs.ts';
import type { ScoresOfPass, ScoresPass } from './pass.ts';
import type { Scan } from './scan.ts';
import type { TileSize } from './tiles.ts';

/** How many pairs have which score, and those of the highest scores: of more than there is room for, some. */
export interface ScoredPairs extends PairList {
  readonly counts: Float64Array;
}

/** What counts scores, tile by tile. */
export interface ScoreCounter {
  /** Those of the highest scores so far: of more than there is room for, some. */
  readonly pairs: PairList;
  /** Adds the scores of a tile to `counts`, a number for each bin. */
  take(rows: Range, cols: Range, counts: Float64Array): void;
}

/** Counts the scores of a pass, and lists the pairs of the highest. */
export function scoresScan(pass: ScoresPass, size: TileSize): Scan<ScoredPairs> {
  const finder = new PairFinder(pass.order, size, 3);
  const halves = finder.memory.float32(pass.order.length);
  halves.set(pass.halves);
  const { pairs, take } = scoreCount(pass, finder, halves);
  const counts = new Float64Array(pass.bins);
  return {
    products: finder.products,
    finish: () => ({ ...pairs, counts }),
    skips: () => false,
    take: (rows, cols) => take(rows, cols, counts),
  };
}

/**
 * Counts scores of the products that lie in the memory of a finder with room for two arrays. Most lie below the end of the first bin: float32 rules
 * them out, and the others are measured in float64.
 */
export function scoreCount(
  { order, cap, score, slack, bins, from, to, least, most }: Pick<ScoresPass, 'order' | 'cap'> & ScoresOfPass,
  { memory, products, find }: PairFinder,
  halves: Float32Array,
): ScoreCounter {
  const { scale, offset } = score;
  const [scales, offsets] = [memory.float32(order.length), memory.float32(order.length)];
  scales.set(scale);
  offsets.set(offset);
  const perBin = bins / (to - from);
  const mayMatter = Math.fround(Math.min(least, from + 1 / perBin) - slack);
  const pairs = emptyPairs();
  let counts: Float64Array;
  const onPair = (row: number, col: number, value: number) => {
    const reached = value * (scale[row]! + scale[col]!) - offset[row]! - offset[col]!;
    counts[Math.max(0, Math.min(bins - 1, Math.floor((reached - from) * perBin)))]! += 1;
    counts[0]! -= 1;
    if (reached >= least && pairs.count <= most) pushPair(pairs, order[row]!, order[col]!, value);
  };
  return {
    pairs,
    take: (rows, cols, into) => {
      counts = into;
      counts[0]! += pairsIn(rows, cols);
      find(rows, onPair, (first, ...into) =>
        memory.scan('scored', [products, rows, cols], halves, scales, offsets, cap, mayMatter, first, ...into),
      );
    },
  };
}

/** How many pairs i < j there are with i in `rows` and j in `cols`. */
function pairsIn(rows: Range, cols: Range): number {
  let pairs = 0;
  for (let row = rows.start; row < rows.end; row++) pairs += Math.max(0, cols.end - Math.max(cols.start, row + 1));
  return pairs;
}

/** Adds what another thread found. */
export function mergeScores(found: ScoredPairs, other: ScoredPairs): void {
  mergeHistograms(found.counts, other.counts);
  mergePairs(found, other);
}
