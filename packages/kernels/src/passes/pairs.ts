import type { Range } from '@refrain/core';
import { ScanMemory } from '../scan/scanMemory.ts';
import { type TileSize, tileLength } from '../tiles.ts';
import { emptyPairs, type PairList, pushPair } from './pairList.ts';
import type { PairsPass } from './pass.ts';
import { type Scan, tileFloors } from './scan.ts';

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

  const takeFrom = (from: number, rows: Range, cols: Range): number =>
    memory.scan.pairs(
      products.byteOffset,
      rows.start,
      rows.end,
      cols.start,
      cols.end,
      halves.byteOffset,
      floors.byteOffset,
      cap,
      from,
      room,
      foundRows.byteOffset,
      foundCols.byteOffset,
      values.byteOffset,
      found.byteOffset,
    );
  return {
    products,
    finish: () => list,
    skips: () => false,
    floors: (rows, cols) => tileFloors(floors, halves, rows, cols),
    take: (rows, cols) => {
      for (let row = rows.start; row < rows.end; ) {
        row = takeFrom(row, rows, cols);
        for (let at = 0; at < found[0]!; at++) {
          pushPair(list, order[foundRows[at]!]!, order[foundCols[at]!]!, values[at]!);
        }
      }
    },
  };
}
