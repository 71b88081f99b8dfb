import type { Matrix, Range } from '@refrain/core';
import type { InnerProducts, ProductFloors } from '@refrain/core/reductions';
import { picking, WHOLE_TILE } from './device.ts';
import { type GpuJs, type Handle, release, rowsOf, rowsOfFlat } from './gpuJs.ts';

/** How many rows of one column share a flag. */
const CHUNK = 64;

// Stored dimension by dimension, so that neighbouring threads, which work on neighbouring columns of a tile, read neighbouring numbers.
const UPLOAD = 'function upload(points) { return points[this.thread.x][this.thread.y]; }';

const productsOf = (dim: number) => `function products(points, rowStart, colStart) {
  let sum = 0;
  for (let k = 0; k < ${dim}; k++) {
    sum += points[k][this.thread.y + rowStart] * points[k][this.thread.x + colStart];
  }
  return sum;
}`;

// Limits are [floor, offset] of each row or column. A chunk is part of a column and not of a row for the same reason as above.
const FLAGS = `function flags(tile, rowLimits, colLimits, height) {
  let found = 0;
  for (let c = 0; c < ${CHUNK}; c++) {
    const i = this.thread.y * ${CHUNK} + c;
    if (i < height) {
      const above = tile[i][this.thread.x] - rowLimits[1][i] - colLimits[1][this.thread.x];
      if (above >= Math.min(rowLimits[0][i], colLimits[0][this.thread.x])) {
        found = 1;
      }
    }
  }
  return found;
}`;

const GATHER = `function gather(tile, picked, height) {
  const i = Math.min(picked[1][this.thread.y] * ${CHUNK} + this.thread.x, height - 1);
  return tile[i][picked[0][this.thread.y]];
}`;

/** Kernels that work on points of one dimension which stay on the device. */
export interface ResidentKernels {
  open(points: Matrix): Promise<InnerProducts>;
}

/**
 * Inner products by gpu.js where memory is the device's own. Points go there once, and a tile stays there: where much of it is wanted it is fetched
 * whole, else first one flag for each chunk of a column, and then the chunks that hold something wanted.
 */
export function residentProducts(gpu: GpuJs, dim: number): ResidentKernels {
  const multiply = gpu.kernel(productsOf(dim), { pipeline: true });
  const flag = gpu.kernel(FLAGS);
  const gather = gpu.kernel(GATHER);

  /** Computes a tile and lets `use` read it before the next one takes its place. */
  const withTile = (points: Handle, rows: Range, cols: Range, use: (tile: Handle) => Promise<void>) =>
    gpu.inTurn(async () => {
      const tile = await multiply.run([cols.end - cols.start, rows.end - rows.start], points, rows.start, cols.start);
      try {
        await use(tile);
      } finally {
        release(tile);
      }
    });

  const pick = async (tile: Handle, { row, col, rowOffset, colOffset }: ProductFloors, into: Float32Array) => {
    const [height, width] = [row.length, col.length];
    const flags = await flag.run([width, Math.ceil(height / CHUNK)], tile, [row, rowOffset], [col, colOffset], height);
    const chunks = flaggedChunks(await rowsOf(flags), width);
    release(flags);
    if (chunks.count * CHUNK > width * height * WHOLE_TILE) return copyRows(await rowsOf(tile), into);
    into.fill(-Infinity, 0, width * height);
    if (chunks.count === 0) return;
    const found = await gather.run([CHUNK, chunks.picked[0].length], tile, chunks.picked, height);
    scatter(await rowsOf(found), chunks, { width, height }, into);
    release(found);
  };

  return {
    open: async (points) => {
      const { rows: count } = points;
      if (count === 0) return { innerProducts: async () => {}, close: async () => {} };
      // A kernel of its own for each upload: its result must not be overwritten by the next.
      const upload = gpu.kernel(UPLOAD, { pipeline: true });
      const whole = await gpu.inTurn(() => upload.run([count, dim], rowsOfFlat(points.data, dim)));
      const innerProducts: InnerProducts['innerProducts'] = (rows, cols, into) =>
        withTile(whole, rows, cols, async (tile) => copyRows(await rowsOf(tile), into));
      return {
        innerProducts,
        productsAbove: picking(innerProducts, (rows, cols, floors, into) =>
          withTile(whole, rows, cols, (tile) => pick(tile, floors, into)),
        ),
        close: () =>
          gpu.inTurn(async () => {
            release(whole);
            upload.destroy();
          }),
      };
    },
  };
}

function copyRows(rows: readonly Float32Array[], into: Float32Array): void {
  rows.forEach((values, i) => {
    into.set(values, i * values.length);
  });
}

interface Chunks {
  readonly count: number;
  /** Columns of the chunks, and their places in the columns; longer than needed, so that few sizes occur. */
  readonly picked: readonly [Float32Array, Float32Array];
}

function flaggedChunks(flags: readonly Float32Array[], width: number): Chunks {
  const found: [number, number][] = [];
  flags.forEach((row, place) => {
    for (let j = 0; j < width; j++) if (row[j] !== 0) found.push([j, place]);
  });
  const length = 2 ** Math.ceil(Math.log2(Math.max(CHUNK, found.length)));
  const columns = new Float32Array(length);
  const places = new Float32Array(length);
  found.forEach(([j, place], at) => {
    columns[at] = j;
    places[at] = place;
  });
  return { count: found.length, picked: [columns, places] };
}

function scatter(
  found: readonly Float32Array[],
  { count, picked }: Chunks,
  { width, height }: { readonly width: number; readonly height: number },
  into: Float32Array,
): void {
  const [columns, places] = picked;
  for (let at = 0; at < count; at++) {
    const first = places[at]! * CHUNK;
    const end = Math.min(CHUNK, height - first);
    for (let c = 0; c < end; c++) into[(first + c) * width + columns[at]!] = found[at]![c]!;
  }
}
