import type { Range } from '@refrain/core';

/** Tiles of products kept in memory, so that a second pass over the same points reads them in place of computing them again. */
export class TileStore {
  readonly #tiles = new Map<string, Float32Array>();
  /** Numbers of the tasks whose tiles are kept here, in the order they were done. */
  readonly tasks: number[] = [];

  /** Writes the tile to the front of `into`; false where it is not kept. */
  read(rows: Range, cols: Range, into: Float32Array): boolean {
    const kept = this.#tiles.get(nameOf(rows, cols));
    if (kept === undefined) return false;
    into.set(kept);
    return true;
  }

  keep(rows: Range, cols: Range, values: Float32Array): void {
    const length = (rows.end - rows.start) * (cols.end - cols.start);
    this.#tiles.set(nameOf(rows, cols), values.slice(0, length));
  }
}

function nameOf(rows: Range, cols: Range): string {
  return `${rows.start} ${rows.end} ${cols.start}`;
}
