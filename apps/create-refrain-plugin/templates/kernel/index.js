/** @import { SimilarityKernel } from '@refrain/core' */
/** @import { InnerProducts } from '@refrain/core/reductions' */
import { defineComponent, definePlugin, z } from '@refrain/core';
import { withReductions } from '@refrain/core/reductions';

/**
 * Supplies inner products of ranges of rows; all else that is asked of a kernel is made of these.
 * @returns {SimilarityKernel}
 */
export function createKernel() {
  return {
    name: 'my-kernel',
    load: (points, measure = 'inner-product') =>
      withReductions(points, measure, async ({ data, cols }) => products(data, cols)),
  };
}

/**
 * Plain loops in float32: here a device would be opened, and given back by `close`.
 * @param {Float32Array} data
 * @param {number} width
 * @returns {InnerProducts}
 */
function products(data, width) {
  return {
    async innerProducts(rows, cols, into) {
      let at = 0;
      for (let i = rows.start; i < rows.end; i++) {
        for (let j = cols.start; j < cols.end; j++) {
          let sum = 0;
          for (let k = 0; k < width; k++)
            sum = Math.fround(sum + Math.fround(Number(data[i * width + k]) * Number(data[j * width + k])));
          into[at++] = sum;
        }
      }
    },
    async close() {},
  };
}

const component = defineComponent({
  name: 'my-kernel',
  description: 'similarities by plain loops in float32',
  options: z.object({}),
  create: createKernel,
});

export default definePlugin({ kernel: [component] });
