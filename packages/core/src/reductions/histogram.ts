import type { PairScore, Range } from '../kernel.ts';
import type { HistogramPass } from './pass.ts';
import { type Scan, ScanMemory } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

// The scan counts in as many tables, so that equal bins next to each other don't wait for one another.
const TABLES = 4;

/** Counts the similarities of a pass: row-major groups × bins. */
export function histogramScan(pass: HistogramPass, size: TileSize): Scan<Float64Array> {
  if (pass.score !== undefined) return scoreScan(pass, pass.score, size);
  const { cap, bins, from, to } = pass;
  const count = pass.order.length;
  const tile = tileLength(size, count);
  const memory = new ScanMemory([tile, count, TABLES * bins]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  const tables = memory.int32(TABLES * bins);
  halves.set(pass.halves);
  const counts = new Float64Array(pass.groupCount * bins);
  return {
    products,
    finish: () => counts,
    skips: () => false,
    take: (rows, cols, run) => {
      tables.fill(0);
      memory.scan('histogram', [products, rows, cols], halves, cap, from, bins / (to - from), bins, tables);
      const first = pass.groups[run]! * bins;
      for (let at = 0; at < tables.length; at++) counts[first + (at % bins)]! += tables[at]!;
    },
  };
}

/** Counts scores. Most lie below the first bin's end, so one comparison is all that most pairs cost. */
function scoreScan(pass: HistogramPass, { scale, offset }: PairScore, size: TileSize): Scan<Float64Array> {
  const { halves, cap, bins, from, to } = pass;
  const products = new Float32Array(tileLength(size, pass.order.length));
  const counts = new Float64Array(pass.groupCount * bins);
  const perBin = bins / (to - from);
  const second = from + 1 / perBin;
  const take = (rows: Range, cols: Range, run: number) => {
    const first = pass.groups[run]! * bins;
    const width = cols.end - cols.start;
    let below = 0;
    for (let row = rows.start; row < rows.end; row++) {
      const start = Math.max(cols.start, row + 1);
      const line = (row - rows.start) * width - cols.start;
      const [ownScale, ownOffset, ownHalf] = [scale[row]!, offset[row]!, halves[row]!];
      for (let col = start; col < cols.end; col++) {
        const value = Math.min(cap, products[line + col]! - ownHalf - halves[col]!);
        const score = value * (ownScale + scale[col]!) - ownOffset - offset[col]!;
        if (score < second) below++;
        else counts[first + Math.min(bins - 1, Math.floor((score - from) * perBin))]! += 1;
      }
    }
    counts[first]! += below;
  };
  return { products, finish: () => counts, skips: () => false, take };
}

/** Adds the counts of `other` to `counts`. */
export function mergeHistograms(counts: Float64Array, other: Float64Array): void {
  for (let at = 0; at < counts.length; at++) counts[at]! += other[at]!;
}
