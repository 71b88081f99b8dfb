import {
  defineComponent,
  type LoadedPoints,
  type Matrix,
  type Measure,
  rowOf,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import { type InnerProducts, withReductions } from '@refrain/core/reductions';

/** Similarities by plain loops in float64: simple and slow, to check other kernels against. */
export class ReferenceKernel implements SimilarityKernel {
  readonly name = 'reference';

  load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    return withReductions(points, measure, openProducts, { tile: { rows: 64, cols: 256 }, roundoff: 2 ** -53 });
  }
}

async function openProducts(points: Matrix): Promise<InnerProducts> {
  return {
    innerProducts: async (rows, cols, into) => {
      let at = 0;
      for (let i = rows.start; i < rows.end; i++) {
        const row = rowOf(points, i);
        for (let j = cols.start; j < cols.end; j++) into[at++] = innerProduct(row, rowOf(points, j));
      }
    },
    close: async () => {},
  };
}

function innerProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** The kernel `reference`. It takes no options. */
export const reference = defineComponent({
  name: 'reference',
  description: 'similarities by plain loops in float64, to check other kernels',
  options: z.object({}),
  create: (): SimilarityKernel => new ReferenceKernel(),
});
