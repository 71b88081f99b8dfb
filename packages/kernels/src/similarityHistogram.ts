import type { Tile } from './tiles.ts';

/** Equal bins over `from … to`, and their counts so far. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  /** One count per bin. A view of the row of one group, where there are many. */
  readonly counts: Float64Array;
}

/** Counts the pairs of a tile above the diagonal. Values outside the bins go to the first or the last. */
export function scanHistogram({ values, rows, cols }: Tile, { from, to, counts }: Histogram): void {
  const width = cols.end - cols.start;
  const bins = counts.length;
  for (let i = rows.start; i < rows.end; i++) {
    const first = Math.max(cols.start, i + 1);
    let at = (i - rows.start) * width + first - cols.start;
    for (let j = first; j < cols.end; j++, at++) {
      const bin = Math.floor(((values[at]! - from) / (to - from)) * bins);
      counts[bin < 0 ? 0 : bin < bins ? bin : bins - 1]! += 1;
    }
  }
}

/** Adds the counts of `other` to `histogram`. */
export function mergeHistogram(histogram: Histogram, other: Histogram): void {
  for (let bin = 0; bin < histogram.counts.length; bin++) histogram.counts[bin]! += other.counts[bin]!;
}
