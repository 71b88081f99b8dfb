import type { HistogramPass } from './pass.ts';
import { type Scan, ScanMemory } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

// The scan counts in as many tables, so that equal bins next to each other don't wait for one another.
const TABLES = 4;

/** Counts the similarities of a pass: row-major groups × bins. */
export function histogramScan(pass: HistogramPass, size: TileSize): Scan<Float64Array> {
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

/** Adds the counts of `other` to `counts`. */
export function mergeHistograms(counts: Float64Array, other: Float64Array): void {
  for (let at = 0; at < counts.length; at++) counts[at]! += other[at]!;
}
