import type { Matrix, Range } from '@refrain/core';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import type { InnerProducts } from '../tiles.ts';

/** Multiplies matrices by onnxruntime, on one thread: into = a·bᵀ, with `dim` columns in a and b, all row-major. */
export type Gemm = (a: Float32Array, b: Float32Array, dim: number, into: Float32Array) => Promise<void>;

/** Opens the matrix product. There is nothing to close: it holds no points, and lives as long as the thread. */
export async function openGemm(): Promise<Gemm> {
  const { Tensor } = await onnxruntime();
  const session = await openSession(
    modelBytes({
      inputs: [
        { name: 'A', type: 'float32', shape: ['rows', 'dim'] },
        { name: 'B', type: 'float32', shape: ['cols', 'dim'] },
      ],
      outputs: [{ name: 'Y', type: 'float32', shape: ['rows', 'cols'] }],
      nodes: [{ op: 'Gemm', inputs: ['A', 'B'], outputs: ['Y'], attributes: { transB: 1 } }],
    }),
  );
  return async (a, b, dim, into) => {
    const [rows, cols] = [a.length / dim, b.length / dim];
    await session.run(
      { A: new Tensor('float32', a, [rows, dim]), B: new Tensor('float32', b, [cols, dim]) },
      { Y: new Tensor('float32', into.subarray(0, rows * cols), [rows, cols]) },
    );
  };
}

/**
 * Products of the points at the places of `order`. onnxruntime takes no memory that threads share, so rows are gathered first: that costs
 * a few per cent of the product, and saves each thread a copy of the points.
 */
export function gemmProducts(gemm: Gemm, points: Matrix, order: Uint32Array): InnerProducts {
  const gatherRows = gathering(points, order);
  const gatherCols = gathering(points, order);
  return {
    innerProducts: (rows, cols, into) => gemm(gatherRows(rows), gatherCols(cols), points.cols, into),
    close: async () => {},
  };
}

/** Copies the points at a range of places; what the last call copied from the same start on is still there and is not copied again. */
function gathering({ data, cols: dim }: Matrix, order: Uint32Array): (places: Range) => Float32Array {
  let buffer = new Float32Array(0);
  let held: Range = { start: 0, end: 0 };
  return (places) => {
    const length = (places.end - places.start) * dim;
    if (places.start !== held.start || length > buffer.length) held = { start: places.start, end: places.start };
    if (length > buffer.length) buffer = new Float32Array(length);
    for (let place = held.end; place < places.end; ) {
      // Points that follow one another are copied at once.
      let end = place + 1;
      while (end < places.end && order[end] === order[end - 1]! + 1) end++;
      buffer.set(data.subarray(order[place]! * dim, (order[end - 1]! + 1) * dim), (place - places.start) * dim);
      place = end;
    }
    held = { start: places.start, end: Math.max(held.end, places.end) };
    return buffer.subarray(0, length);
  };
}
