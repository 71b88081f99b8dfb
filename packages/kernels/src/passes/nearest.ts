import type { Range } from '@refrain/core';
import { ScanMemory } from '../scan/scanMemory.ts';
import { type ProductFloors, type TileSize, tileLength } from '../tiles.ts';
import { emptyLists, insert, type NeighbourLists } from './neighbourLists.ts';
import type { NearestPass } from './pass.ts';
import type { Scan } from './scan.ts';

// Where a list has room, every similarity is welcome, but not the −Infinity of a product that was left out.
const ANY = -(2 ** 127);

/**
 * Collects the nearest neighbours of a pass: each pair serves its row and, where that has a list, its column.
 * `thresholds`, where given, is memory shared by all who scan the same pass: the greatest lower bound known of each list's last similarity.
 */
export function nearestScan(pass: NearestPass, size: TileSize, thresholds?: Float32Array): Scan<NeighbourLists> {
  return new NearestScan(pass, size, thresholds);
}

class NearestScan implements Scan<NeighbourLists> {
  readonly products: Float32Array;
  readonly state: NeighbourLists;
  readonly #pass: NearestPass;
  readonly #memory: ScanMemory;
  readonly #halves: Float32Array;
  readonly #ceilings: Float32Array;
  /** The last similarity of each list, or a higher one that others know of; Infinity where there is no list. */
  readonly #thresholds: Float32Array;
  readonly #components: Int32Array;
  readonly #columns: Int32Array;
  readonly #values: Float32Array;
  readonly #shared: Float32Array | undefined;

  constructor(pass: NearestPass, size: TileSize, shared: Float32Array | undefined) {
    const count = pass.order.length;
    this.#pass = pass;
    this.#shared = shared;
    this.state = emptyLists(pass.rows, pass.k);
    const tile = tileLength(size, count);
    const memory = new ScanMemory([tile, count, count, count, count, size.cols, size.cols]);
    this.#memory = memory;
    this.products = memory.float32(tile);
    this.#halves = memory.float32(count);
    this.#ceilings = memory.float32(count);
    this.#thresholds = memory.float32(count).fill(Infinity);
    this.#components = memory.int32(count);
    this.#columns = memory.int32(size.cols);
    this.#values = memory.float32(size.cols);
    this.#halves.set(pass.halves);
    for (let place = 0; place < count; place++) {
      this.#ceilings[place] = Math.min(pass.ceiling[place]!, pass.cap);
      this.#components[place] = pass.component?.[place] ?? place;
      if (place < pass.rows && pass.unwanted?.[place] !== 1) this.#thresholds[place] = ANY;
    }
  }

  skips(rows: Range, cols: Range): boolean {
    const components = this.#components;
    const own = components[rows.start];
    for (let i = rows.start; i < rows.end; i++) if (components[i] !== own) return false;
    for (let j = cols.start; j < cols.end; j++) if (components[j] !== own) return false;
    return true;
  }

  floors(rows: Range, cols: Range): ProductFloors {
    return {
      row: this.#thresholds.subarray(rows.start, rows.end),
      col: this.#thresholds.subarray(cols.start, cols.end),
      rowOffset: this.#halves.subarray(rows.start, rows.end),
      colOffset: this.#halves.subarray(cols.start, cols.end),
    };
  }

  take(rows: Range, cols: Range): void {
    this.#exchange(rows);
    this.#exchange(cols);
    const width = cols.end - cols.start;
    for (let i = rows.start; i < rows.end; i++) {
      const first = Math.max(cols.start, i + 1);
      const found = this.#memory.scan.nearest(
        this.products.byteOffset + 4 * ((i - rows.start) * width + first - cols.start),
        this.#halves.byteOffset + 4 * first,
        this.#ceilings.byteOffset + 4 * first,
        this.#thresholds.byteOffset + 4 * first,
        this.#components.byteOffset + 4 * first,
        cols.end - first,
        this.#halves[i]!,
        this.#ceilings[i]!,
        this.#thresholds[i]!,
        this.#components[i]!,
        this.#columns.byteOffset,
        this.#values.byteOffset,
      );
      for (let at = 0; at < found; at++) this.#offer(i, first + this.#columns[at]!, this.#values[at]!);
    }
    this.#exchange(rows);
    this.#exchange(cols);
  }

  #offer(i: number, j: number, similarity: number): void {
    const { order } = this.#pass;
    if (similarity >= this.#thresholds[i]!) this.#insert(i, order[j]!, similarity);
    if (similarity >= this.#thresholds[j]!) this.#insert(j, order[i]!, similarity);
  }

  #insert(row: number, index: number, similarity: number): void {
    insert(this.state, row, index, similarity);
    const last = this.state.similarities[row * this.state.k + this.state.k - 1]!;
    if (last > this.#thresholds[row]!) this.#thresholds[row] = last;
  }

  /** Takes higher thresholds from the others and leaves them ours. Should two write at once, one is lost: that is late, not wrong. */
  #exchange({ start, end }: Range): void {
    const shared = this.#shared;
    if (shared === undefined) return;
    for (let place = start; place < Math.min(end, this.#pass.rows); place++) {
      const ours = this.#thresholds[place]!;
      const theirs = shared[place]!;
      if (theirs > ours) this.#thresholds[place] = theirs;
      else if (ours > theirs) shared[place] = ours;
    }
  }
}
