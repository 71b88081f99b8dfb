import type { Matrix, Move, Range } from '@refrain/core';
import { copyRows, type InnerProducts, TILES_A_SIDE, type TileSize } from '@refrain/core/reductions';
import { type Graph, modelBytes, onnxruntime, openSession } from '@refrain/onnx';

/** A tile and its points fit into the cache that each core has of its own: with larger ones two threads slow each other down. */
export const TILE: TileSize = { rows: 512, cols: 512 };
/** How many points are gathered at once: those of the columns of a task. */
export const WINDOW = TILES_A_SIDE * TILE.cols;

/** The matrix product of onnxruntime, on one thread. It holds no points. */
export interface Gemm {
  /** into = a·bᵀ, with `dim` columns in a and b, all row-major. */
  multiply(a: Float32Array, b: Float32Array, dim: number, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Y = A·Bᵀ. */
export const PRODUCT: Graph = {
  inputs: [
    { name: 'A', type: 'float32', shape: ['rows', 'dim'] },
    { name: 'B', type: 'float32', shape: ['cols', 'dim'] },
  ],
  outputs: [{ name: 'Y', type: 'float32', shape: ['rows', 'cols'] }],
  nodes: [{ op: 'Gemm', inputs: ['A', 'B'], outputs: ['Y'], attributes: { transB: 1 } }],
};

/** Opens the matrix product. */
export async function openGemm(): Promise<Gemm> {
  const { Tensor } = await onnxruntime();
  const session = await openSession(modelBytes(PRODUCT));
  return {
    multiply: async (a, b, dim, into) => {
      const [rows, cols] = [a.length / dim, b.length / dim];
      await session.run(
        { A: new Tensor('float32', a, [rows, dim]), B: new Tensor('float32', b, [cols, dim]) },
        { Y: new Tensor('float32', into.subarray(0, rows * cols), [rows, cols]) },
      );
    },
    close: () => session.close(),
  };
}

/**
 * Products of the points at the places of `order`. onnxruntime takes no memory that threads share, so rows are gathered first, `window` of them
 * for many tiles: that costs a few per cent of the products, and saves each thread a copy of the points. Points with a `move` are moved then.
 */
export function gemmProducts(
  gemm: Gemm,
  points: Matrix,
  order: Uint32Array,
  window: number,
  move?: Move,
): InnerProducts {
  const gatherRows = gathering(points, order, window, move);
  const gatherCols = gathering(points, order, window, move);
  return {
    innerProducts: (rows, cols, into) => gemm.multiply(gatherRows(rows), gatherCols(cols), points.cols, into),
    close: async () => {},
  };
}

/** Copies the points at a range of places, and keeps up to `window` of them from the first place on, so that tiles side by side share a copy. */
function gathering(
  points: Matrix,
  order: Uint32Array,
  window: number,
  move: Move | undefined,
): (places: Range) => Float32Array {
  const dim = points.cols;
  let buffer = new Float32Array(0);
  let held: Range = { start: 0, end: 0 };
  return (places) => {
    const isInside = places.start >= held.start && (places.end - held.start) * dim <= buffer.length;
    if (!isInside) {
      const length = Math.max(places.end - places.start, Math.min(window, order.length - places.start)) * dim;
      if (length > buffer.length) buffer = new Float32Array(length);
      held = { start: places.start, end: places.start };
    }
    for (let place = held.end; place < places.end; ) {
      // Points that follow one another are copied at once.
      let end = place + 1;
      while (end < places.end && order[end] === order[end - 1]! + 1) end++;
      copyRows(points, move, order[place]!, order[end - 1]! + 1, buffer, (place - held.start) * dim);
      place = end;
    }
    held = { start: held.start, end: Math.max(held.end, places.end) };
    return buffer.subarray((places.start - held.start) * dim, (places.end - held.start) * dim);
  };
}
