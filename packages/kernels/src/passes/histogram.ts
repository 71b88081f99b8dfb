import type { Range } from '@refrain/core';
import { ScanMemory } from '../scan/scanMemory.ts';
import { type TileSize, tileLength } from '../tiles.ts';
import type { HistogramPass } from './pass.ts';
import type { Scan } from './scan.ts';

// The scan counts in as many tables, so that equal bins next to each other don't wait for one another.
const TABLES = 4;

/** Counts the similarities of a pass: row-major groups × bins. */
export function histogramScan(pass: HistogramPass, size: TileSize): Scan<Float64Array> {
  const { halves, cap, bins, from, to } = pass;
  const tile = tileLength(size, halves.length);
  const memory = new ScanMemory([tile, halves.length, TABLES * bins]);
  const products = memory.float32(tile);
  const scanned = memory.float32(halves.length);
  scanned.set(halves);
  const tables = memory.int32(TABLES * bins);
  const state = new Float64Array(pass.groupCount * bins);
  const binsPerUnit = bins / (to - from);

  const take = (rows: Range, cols: Range, run: number): void => {
    const width = cols.end - cols.start;
    tables.fill(0);
    for (let i = rows.start; i < rows.end; i++) {
      const first = Math.max(cols.start, i + 1);
      memory.scan.histogram(
        products.byteOffset + 4 * ((i - rows.start) * width + first - cols.start),
        scanned.byteOffset + 4 * first,
        cols.end - first,
        scanned[i]!,
        cap,
        from,
        binsPerUnit,
        bins,
        tables.byteOffset,
      );
    }
    const group = pass.groups[run]! * bins;
    for (let at = 0; at < tables.length; at++) state[group + (at % bins)]! += tables[at]!;
  };
  return { products, state, skips: () => false, take };
}

/** Adds the counts of `other` to `counts`. */
export function mergeHistograms(counts: Float64Array, other: Float64Array): void {
  for (let at = 0; at < counts.length; at++) counts[at]! += other[at]!;
}
