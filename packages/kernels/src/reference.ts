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

/** Similarities by the inner product of `ml-distance`, summed in float64: simple and slow, to check other kernels against. */
export class ReferenceKernel implements SimilarityKernel {
  readonly name = 'reference';

  load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    return withReductions(points, measure, openProducts, { tile: { rows: 64, cols: 256 }, roundoff: 2 ** -53 });
  }
}

async function openProducts(points: Matrix): Promise<InnerProducts> {
  const { distance } = await import('ml-distance');
  return {
    innerProducts: async (rows, cols, into) => {
      let at = 0;
      for (let i = rows.start; i < rows.end; i++) {
        const row = rowOf(points, i);
        for (let j = cols.start; j < cols.end; j++) into[at++] = distance.innerProduct(row, rowOf(points, j));
      }
    },
    close: async () => {},
  };
}

/** The kernel `reference`. It takes no options. */
export const reference = defineComponent({
  name: 'reference',
  description: 'similarities by ml-distance in float64, to check other kernels',
  options: z.object({}),
  create: (): SimilarityKernel => new ReferenceKernel(),
});
