import { modelBytes } from './graph.ts';
import { onnxruntime } from './library.ts';
import { openSession } from './session.ts';

/** So many rows are multiplied at once: with more of them nothing becomes quicker. */
export const BLOCK_ROWS = 512;

/** A matrix product in float64 that is computed again and again, for one block of rows after another. */
export interface BlockProduct {
  /** The block, `BLOCK_ROWS` × d, row-major: to be filled, with zeros where there are fewer rows. */
  readonly block: Float64Array;
  /** What `compute` leaves, row-major. */
  readonly product: Float64Array;
  compute(): Promise<void>;
  close(): Promise<void>;
}

/** XᵀX of a block X of rows of `d` numbers: d × d. */
export function openGram(d: number): Promise<BlockProduct> {
  return openProduct(d, 'Gemm', [d, d]);
}

/** XM of a block X of rows of `d` numbers with `matrix`, M, d × d row-major: `BLOCK_ROWS` × d. */
export function openTransform(d: number, matrix: Float64Array): Promise<BlockProduct> {
  return openProduct(d, 'MatMul', [BLOCK_ROWS, d], matrix);
}

/**
 * The blocks have one shape and the session one thread, so that a row's product depends on its numbers alone, not on how many rows are beside it
 * or on how many processors there are.
 */
async function openProduct(
  d: number,
  op: 'Gemm' | 'MatMul',
  shape: readonly [number, number],
  matrix?: Float64Array,
): Promise<BlockProduct> {
  const type = 'float64';
  const rows = [BLOCK_ROWS, d];
  // A graph has no input twice, and the block is its own other factor.
  const graph = {
    inputs: [
      { name: 'block', type, shape: rows },
      ...(matrix === undefined ? [] : [{ name: 'matrix', type, shape: [d, d] } as const]),
    ],
    outputs: [{ name: 'product', type, shape }],
    nodes: [
      {
        op,
        inputs: ['block', matrix === undefined ? 'block' : 'matrix'],
        outputs: ['product'],
        ...(op === 'Gemm' && { attributes: { transA: 1 } }),
      },
    ],
  } as const;
  const { Tensor } = await onnxruntime();
  const session = await openSession(modelBytes(graph));
  const block = new Float64Array(BLOCK_ROWS * d);
  const product = new Float64Array(shape[0] * shape[1]);
  const feeds = {
    block: new Tensor(type, block, rows),
    ...(matrix !== undefined && { matrix: new Tensor(type, matrix, [d, d]) }),
  };
  const into = { product: new Tensor(type, product, shape) };
  return {
    block,
    product,
    async compute() {
      await session.run(feeds, into);
    },
    close: () => session.close(),
  };
}
