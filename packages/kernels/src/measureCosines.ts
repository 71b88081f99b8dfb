import { onGrid } from '@refrain/core';
import { type CosineMoments, deviationOf, type MeasureCosines, type RowBlock } from '@refrain/core/pruning';
import { BLOCK_ROWS, type BlockProduct, openGram, openTransform } from '@refrain/onnx';

type Blocks = Parameters<MeasureCosines>[1];

/** `measureCosines` of `@refrain/core/pruning` by matrix products of onnxruntime, in float64: x·m and √(xᵀCx − (x·m)²), m and C being the mean and the second moment. */
export const measureCosines: MeasureCosines = async (dim, blocks, isIn) => {
  const second = new Float64Array(dim * dim);
  const sum = new Float64Array(dim);
  const gram = await openGram(dim);
  const { rows, taken } = await eachBlock(blocks, isIn, gram, dim, () => {
    for (let i = 0; i < second.length; i++) second[i]! += gram.product[i]!;
    for (let at = 0; at < gram.block.length; ) for (let k = 0; k < dim; k++, at++) sum[k]! += gram.block[at]!;
  });
  const found: CosineMoments = { means: new Float64Array(rows), deviations: new Float64Array(rows) };
  const transform = await openTransform(dim, second);
  await eachBlock(
    blocks,
    () => true,
    transform,
    dim,
    (first) => {
      for (let row = first; row < Math.min(rows, first + BLOCK_ROWS); row++) {
        let [mean, square] = [0, 0];
        for (let k = 0, at = (row - first) * dim; k < dim; k++, at++) {
          mean += transform.block[at]! * sum[k]!;
          square += transform.block[at]! * transform.product[at]!;
        }
        found.means[row] = onGrid(mean / taken);
        found.deviations[row] = deviationOf(mean / taken, square / taken);
      }
    },
  );
  return found;
};

/**
 * Fills the block of a product with the rows that `isIn` says, one behind the other, and calls `use` each time it was computed, with the number of its
 * first row among them; closes it. Returns how many rows there are, and how many of them were taken.
 */
async function eachBlock(
  blocks: Blocks,
  isIn: (row: number) => boolean,
  { block, compute, close }: BlockProduct,
  dim: number,
  use: (first: number) => void,
): Promise<{ readonly rows: number; readonly taken: number }> {
  let [rows, taken] = [0, 0];
  const flush = async () => {
    await compute();
    use(Math.floor((taken - 1) / BLOCK_ROWS) * BLOCK_ROWS);
    block.fill(0);
  };
  const take = async ({ matrix, start }: RowBlock) => {
    for (let row = 0; row < matrix.rows; row++) {
      if (!isIn(start + row)) continue;
      block.set(matrix.data.subarray(row * dim, (row + 1) * dim), (taken % BLOCK_ROWS) * dim);
      if (++taken % BLOCK_ROWS === 0) await flush();
    }
    rows += matrix.rows;
  };
  try {
    for await (const some of blocks()) await take(some);
    if (taken % BLOCK_ROWS > 0) await flush();
  } finally {
    await close();
  }
  return { rows, taken };
}
