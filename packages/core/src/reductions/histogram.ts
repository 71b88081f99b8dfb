import type { GroupCountOfPass, HistogramPass, Tile } from './pass.ts';
import { type Scan, ScanMemory } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

// The scan counts in as many tables, so that equal bins next to each other don't wait for one another.
const TABLES = 4;

/** Counts the similarities of a pass: row-major groups × bins. */
export function histogramScan(pass: HistogramPass, size: TileSize): Scan<Float64Array> {
  const count = pass.order.length;
  const tile = tileLength(size, count);
  const memory = new ScanMemory([tile, count, tablesOf(pass)]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  halves.set(pass.halves);
  const { counts, take } = groupCount(pass, memory, products, halves);
  return {
    products,
    finish: () => counts,
    skips: () => false,
    take: (rows, cols, run) => take({ rows, cols }, { rows, cols }, run),
  };
}

/** How many numbers of memory it takes to count. */
export function tablesOf({ bins }: Pick<GroupCountOfPass, 'bins'>): number {
  return TABLES * bins;
}

/** Counts similarities of the products of a tile: of a part of it that lies in one run. */
export function groupCount(
  { cap, groups, groupCount, bins, from, to }: Pick<HistogramPass, 'cap'> & GroupCountOfPass,
  memory: ScanMemory,
  products: Float32Array,
  halves: Float32Array,
): { readonly counts: Float64Array; take(tile: Tile, part: Tile, run: number): void } {
  const tables = memory.int32(tablesOf({ bins }));
  const counts = new Float64Array(groupCount * bins);
  return {
    counts,
    take: (tile, { rows, cols }, run) => {
      const width = tile.cols.end - tile.cols.start;
      const first = products.subarray((rows.start - tile.rows.start) * width + cols.start - tile.cols.start);
      tables.fill(0);
      memory.scan('histogram', [first, rows, cols], halves, cap, from, bins / (to - from), bins, tables, width);
      const group = groups[run]! * bins;
      for (let at = 0; at < tables.length; at++) counts[group + (at % bins)]! += tables[at]!;
    },
  };
}

/** Adds the counts of `other` to `counts`. */
export function mergeHistograms(counts: Float64Array, other: Float64Array): void {
  for (let at = 0; at < counts.length; at++) counts[at]! += other[at]!;
}
