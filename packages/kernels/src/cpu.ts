import {
  defineComponent,
  type LoadedPoints,
  type Matrix,
  type Measure,
  type Range,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import type { InnerProducts } from './tiles.ts';
import { withReductions } from './withReductions.ts';

// One matrix product of free sizes: Y = A·Bᵀ.
const gemm = () =>
  modelBytes({
    inputs: [
      { name: 'A', type: 'float32', shape: ['rows', 'dim'] },
      { name: 'B', type: 'float32', shape: ['cols', 'dim'] },
    ],
    outputs: [{ name: 'Y', type: 'float32', shape: ['rows', 'cols'] }],
    nodes: [{ op: 'Gemm', inputs: ['A', 'B'], outputs: ['Y'], attributes: { transB: 1 } }],
  });

/** Similarities on the processor: float32 matrix products of onnxruntime on one thread. */
export class CpuKernel implements SimilarityKernel {
  readonly name = 'cpu';

  load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    return withReductions(points, measure, openProducts);
  }
}

async function openProducts({ data, cols: dim }: Matrix): Promise<InnerProducts> {
  const { Tensor } = await onnxruntime();
  const session = await openSession(gemm());
  const rowsOf = ({ start, end }: Range) =>
    new Tensor('float32', data.subarray(start * dim, end * dim), [end - start, dim]);
  return {
    innerProducts: async (rows, cols, into) => {
      const shape = [rows.end - rows.start, cols.end - cols.start];
      const target = new Tensor('float32', into.subarray(0, shape[0]! * shape[1]!), shape);
      await session.run({ A: rowsOf(rows), B: rowsOf(cols) }, { Y: target });
    },
    close: () => session.close(),
  };
}

/** The kernel `cpu`. It takes no options. */
export const cpu = defineComponent({
  name: 'cpu',
  description: 'similarities by onnxruntime matrix products on the processor',
  options: z.object({}),
  create: (): SimilarityKernel => new CpuKernel(),
});
