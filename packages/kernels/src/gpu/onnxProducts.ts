import type { Matrix, Range } from '@refrain/core';
import type { InnerProducts } from '@refrain/core/reductions';
import { type ExecutionProvider, type Graph, modelBytes, onnxruntime, openSession, type Session } from '@refrain/onnx';
import { PRODUCT } from '../cpu/gemm.ts';
import { type Device, type Pick, picking } from './device.ts';

/** Of Y = A·Bᵀ the values, and their places in row-major order, where Y − rowOffset − colOffset ≥ min(rowFloor, colFloor). */
const PRODUCT_ABOVE: Graph = {
  inputs: [
    ...PRODUCT.inputs,
    { name: 'rowFloor', type: 'float32', shape: ['rows', 1] },
    { name: 'colFloor', type: 'float32', shape: [1, 'cols'] },
    { name: 'rowOffset', type: 'float32', shape: ['rows', 1] },
    { name: 'colOffset', type: 'float32', shape: [1, 'cols'] },
  ],
  outputs: [
    { name: 'places', type: 'int32', shape: ['found'] },
    { name: 'values', type: 'float32', shape: ['found'] },
  ],
  initializers: [{ name: 'flat', shape: [1], data: BigInt64Array.of(-1n) }],
  nodes: [
    ...PRODUCT.nodes,
    { op: 'Sub', inputs: ['Y', 'rowOffset'], outputs: ['lessRow'] },
    { op: 'Sub', inputs: ['lessRow', 'colOffset'], outputs: ['similarity'] },
    { op: 'Min', inputs: ['rowFloor', 'colFloor'], outputs: ['floor'] },
    { op: 'GreaterOrEqual', inputs: ['similarity', 'floor'], outputs: ['wanted'] },
    { op: 'Reshape', inputs: ['wanted', 'flat'], outputs: ['wantedFlat'] },
    { op: 'NonZero', inputs: ['wantedFlat'], outputs: ['found'] },
    { op: 'Reshape', inputs: ['found', 'flat'], outputs: ['longPlaces'] },
    { op: 'Reshape', inputs: ['Y', 'flat'], outputs: ['products'] },
    { op: 'Gather', inputs: ['products', 'longPlaces'], outputs: ['values'] },
    // int64 would come as BigInt, which is slow to read; a tile has fewer than 2³¹ values.
    { op: 'Cast', inputs: ['longPlaces'], outputs: ['places'], attributes: { to: 6 } },
  ],
};

/**
 * Inner products by a provider of onnxruntime. A tile's rows and columns are sent with it: to send all points in advance as a constant of the
 * graph takes as long as sending them with every tile of one walk does, up to about 100,000 points, and ONNX has no constants above 2 GB.
 */
export async function startOnnx(provider: ExecutionProvider): Promise<Device> {
  // The provider for NVIDIA cards rounds factors to 10 bits (TF32) unless its library is told this way not to, before it is loaded.
  if (provider === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const { Tensor } = await onnxruntime();
  const whole = await openSession(modelBytes(PRODUCT), { providers: [provider] });
  const above = await openSession(modelBytes(PRODUCT_ABOVE), { providers: [provider] }).catch(async (error) => {
    await whole.close();
    throw error;
  });
  return {
    tile: { rows: 4096, cols: 4096 },
    open: async (points) => {
      const innerProducts = wholeProducts(whole, Tensor, points);
      return {
        innerProducts,
        productsAbove: picking(innerProducts, pickedProducts(above, Tensor, points)),
        close: async () => {},
      };
    },
    close: async () => {
      await whole.close();
      await above.close();
    },
  };
}

type TensorClass = Awaited<ReturnType<typeof onnxruntime>>['Tensor'];

function wholeProducts(session: Session, Tensor: TensorClass, points: Matrix): InnerProducts['innerProducts'] {
  return async (rows, cols, into) => {
    const shape = [rows.end - rows.start, cols.end - cols.start];
    const target = new Tensor('float32', into.subarray(0, shape[0]! * shape[1]!), shape);
    await session.run({ A: rowsOf(Tensor, points, rows), B: rowsOf(Tensor, points, cols) }, { Y: target });
  };
}

function rowsOf(Tensor: TensorClass, { data, cols: dim }: Matrix, { start, end }: Range) {
  return new Tensor('float32', data.subarray(start * dim, end * dim), [end - start, dim]);
}

function pickedProducts(session: Session, Tensor: TensorClass, points: Matrix): Pick {
  return async (rows, cols, { row, col, rowOffset, colOffset }, into) => {
    const [height, width] = [row.length, col.length];
    const found = await session.run({
      A: rowsOf(Tensor, points, rows),
      B: rowsOf(Tensor, points, cols),
      rowFloor: new Tensor('float32', row, [height, 1]),
      colFloor: new Tensor('float32', col, [1, width]),
      rowOffset: new Tensor('float32', rowOffset, [height, 1]),
      colOffset: new Tensor('float32', colOffset, [1, width]),
    });
    const places = found.places!.data as Int32Array;
    const values = found.values!.data as Float32Array;
    into.fill(-Infinity, 0, height * width);
    for (let at = 0; at < places.length; at++) into[places[at]!] = values[at]!;
  };
}
