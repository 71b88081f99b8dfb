import type { Range } from '@refrain/core';
import type { ProductFloors } from '../tiles.ts';

/** A reduction in the making: it takes tile after tile of the products of its places. */
export interface Scan<State> {
  /** The next tile's products go here, row-major. */
  readonly products: Float32Array;
  /** Whether the tile holds nothing of interest, so that it need not be computed. */
  skips(rows: Range, cols: Range): boolean;
  /** Below which size products of the tile do not matter. Absent where all matter. */
  floors?(rows: Range, cols: Range): ProductFloors;
  /** Takes the pairs above the diagonal of the tile in `products`, of run number `run`. */
  take(rows: Range, cols: Range, run: number): void;
  /** What was found. */
  finish(): State;
}

/** The floors of a tile where similarities below `floors`, one number for each place, do not matter. */
export function tileFloors(floors: Float32Array, halves: Float32Array, rows: Range, cols: Range): ProductFloors {
  return {
    row: floors.subarray(rows.start, rows.end),
    col: floors.subarray(cols.start, cols.end),
    rowOffset: halves.subarray(rows.start, rows.end),
    colOffset: halves.subarray(cols.start, cols.end),
  };
}
