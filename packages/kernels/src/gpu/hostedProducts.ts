import type { Matrix, Range } from '@refrain/core';
import type { InnerProducts } from '@refrain/core/reductions';
import { type GpuJs, rowsOf, rowsOfFlat } from './gpuJs.ts';

// The columns lie transposed: neighbouring threads then read neighbouring numbers, which `webasm` takes four at a time.
const productsOf = (dim: number) => `function products(rows, cols) {
  let sum = 0;
  for (let k = 0; k < ${dim}; k++) {
    sum += rows[this.thread.y][k] * cols[k][this.thread.x];
  }
  return sum;
}`;

/** Inner products by gpu.js in the modes that compute where the points lie anyway, `webasm` and `cpu`: each call is given what it multiplies. */
export function hostedProducts(gpu: GpuJs, points: Matrix): InnerProducts {
  const products = gpu.kernel(productsOf(points.cols));
  return {
    innerProducts: (rows, cols, into) =>
      gpu.inTurn(async () => {
        const [height, width] = [rows.end - rows.start, cols.end - cols.start];
        // Vectors of four must not cross the end of a row.
        const padded = Math.ceil(width / 4) * 4;
        const left = points.data.subarray(rows.start * points.cols, rows.end * points.cols);
        const product = await products.run(
          [padded, height],
          rowsOfFlat(left, points.cols),
          transposed(points, cols, padded),
        );
        (await rowsOf(product)).forEach((values, i) => {
          into.set(values.subarray(0, width), i * width);
        });
      }),
    close: async () => products.destroy(),
  };
}

/** Rows of points as columns, `width` ≥ their number wide, filled up with 0. */
function transposed({ data, cols: dim }: Matrix, range: Range, width: number): Float32Array[] {
  const turned = new Float32Array(dim * width);
  for (let i = range.start; i < range.end; i++) {
    for (let k = 0; k < dim; k++) turned[k * width + i - range.start] = data[i * dim + k]!;
  }
  return rowsOfFlat(turned, width);
}
