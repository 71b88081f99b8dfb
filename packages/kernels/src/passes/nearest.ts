import type { Range } from '@refrain/core';
import { ScanMemory } from '../scan/scanMemory.ts';
import { type TileSize, tileLength } from '../tiles.ts';
import type { NeighbourLists } from './neighbourLists.ts';
import type { NearestPass } from './pass.ts';
import { type Scan, tileFloors } from './scan.ts';

// Where a list has room, every similarity is welcome, but not the −Infinity of a product that was left out.
const ANY = -(2 ** 127);

/**
 * Collects the nearest neighbours of a pass: each pair serves its row and, where that has a list, its column.
 * `shared`, where given, is memory of all who scan the same pass: the greatest lower bound known of each list's last similarity, so that
 * one thread need not collect what another has found better.
 */
export function nearestScan(pass: NearestPass, size: TileSize, shared?: Float32Array): Scan<NeighbourLists> {
  const { k, rows: listed } = pass;
  const count = pass.order.length;
  const tile = tileLength(size, count);
  const memory = new ScanMemory([tile, count, count, count, count, count, listed * k, listed * k]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  const ceilings = memory.float32(count);
  /** The last similarity of each list, or a higher one that others know of; Infinity where there is no list. */
  const thresholds = memory.float32(count).fill(Infinity);
  const components = memory.int32(count);
  const order = memory.int32(count);
  const similarities = memory.float32(listed * k).fill(-Infinity);
  const indices = memory.int32(listed * k).fill(-1);
  halves.set(pass.halves);
  order.set(pass.order);
  for (let place = 0; place < count; place++) {
    ceilings[place] = Math.min(pass.ceiling[place]!, pass.cap);
    components[place] = pass.component?.[place] ?? place;
    if (place < listed && pass.unwanted?.[place] !== 1) thresholds[place] = ANY;
  }

  /** Takes higher thresholds from the others and leaves them ours. Should two write at once, one is lost: that is late, not wrong. */
  const exchange = ({ start, end }: Range) => {
    if (shared === undefined) return;
    for (let place = start; place < Math.min(end, listed); place++) {
      const ours = thresholds[place]!;
      const theirs = shared[place]!;
      if (theirs > ours) thresholds[place] = theirs;
      else if (ours > theirs && ours < Infinity) shared[place] = ours;
    }
  };

  return {
    products,
    finish: () => ({ count: listed, k, indices: indices.slice(), similarities: similarities.slice() }),
    skips: (rows, cols) => isOneComponent(components, rows, cols),
    floors: (rows, cols) => tileFloors(thresholds, halves, rows, cols),
    take: (rows, cols) => {
      exchange(rows);
      exchange(cols);
      memory.scan.nearest(
        products.byteOffset,
        rows.start,
        rows.end,
        cols.start,
        cols.end,
        halves.byteOffset,
        ceilings.byteOffset,
        thresholds.byteOffset,
        components.byteOffset,
        order.byteOffset,
        k,
        similarities.byteOffset,
        indices.byteOffset,
      );
      exchange(rows);
      exchange(cols);
    },
  };
}

/** Whether all points of both ranges are in one component, so that the tile holds no pair of interest. */
function isOneComponent(components: Int32Array, rows: Range, cols: Range): boolean {
  const own = components[rows.start];
  for (let i = rows.start; i < rows.end; i++) if (components[i] !== own) return false;
  for (let j = cols.start; j < cols.end; j++) if (components[j] !== own) return false;
  return true;
}
