import type { Range } from '@refrain/core';
import { ScanMemory } from '../scan/scanMemory.ts';
import { type TileSize, tileLength } from '../tiles.ts';
import { emptyPairs, type PairList, pushPair } from './pairList.ts';
import type { PairsPass } from './pass.ts';
import type { Scan } from './scan.ts';

/** Lists the pairs of a pass that reach both floors. */
export function pairsScan(pass: PairsPass, size: TileSize): Scan<PairList> {
  const { order, cap } = pass;
  const count = order.length;
  const tile = tileLength(size, count);
  const memory = new ScanMemory([tile, count, count, size.cols, size.cols]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  const floor = memory.float32(count);
  halves.set(pass.halves);
  floor.set(pass.floor);
  const columns = memory.int32(size.cols);
  const values = memory.float32(size.cols);
  const state = emptyPairs();

  const take = (rows: Range, cols: Range): void => {
    const width = cols.end - cols.start;
    for (let i = rows.start; i < rows.end; i++) {
      const first = Math.max(cols.start, i + 1);
      const found = memory.scan.pairs(
        products.byteOffset + 4 * ((i - rows.start) * width + first - cols.start),
        halves.byteOffset + 4 * first,
        floor.byteOffset + 4 * first,
        cols.end - first,
        halves[i]!,
        floor[i]!,
        cap,
        columns.byteOffset,
        values.byteOffset,
      );
      for (let at = 0; at < found; at++) pushPair(state, order[i]!, order[first + columns[at]!]!, values[at]!);
    }
  };
  const floors = (rows: Range, cols: Range) => ({
    row: floor.subarray(rows.start, rows.end),
    col: floor.subarray(cols.start, cols.end),
    rowOffset: halves.subarray(rows.start, rows.end),
    colOffset: halves.subarray(cols.start, cols.end),
  });
  return { products, state, skips: () => false, floors, take };
}
