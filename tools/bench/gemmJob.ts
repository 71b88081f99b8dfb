import { seededRandom } from '@refrain/core';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { seconds } from './cost.ts';
import { median, productOperations } from './floor.ts';
import type { Prepared } from './job.ts';

// Which shape is quickest depends on the machine's caches.
const SHAPES = [
  [512, 512],
  [1024, 1024],
  [2048, 512],
  [2048, 2048],
] as const;
const REPETITIONS = 9;

/**
 * The rate of onnxruntime's matrix product: A·Bᵀ of float32 matrices of `cols` columns, on one thread, into a tensor that is there already.
 * The fact `operationsPerSecond` is the highest, over four shapes, of the median of nine runs, per CPU second. Shapes take turns, and the
 * first round does not count.
 */
export async function prepareGemm(cols: number): Promise<Prepared> {
  const { Tensor } = await onnxruntime();
  const session = await openSession(
    modelBytes({
      inputs: ['A', 'B'].map((name) => ({ name, type: 'float32', shape: [`rows of ${name}`, cols] })),
      outputs: [{ name: 'Y', type: 'float32', shape: ['rows of A', 'rows of B'] }],
      nodes: [{ op: 'Gemm', inputs: ['A', 'B'], outputs: ['Y'], attributes: { transB: 1 } }],
    }),
    { threads: 1 },
  );
  const { uniform } = seededRandom('gemm');
  const filled = (rows: number) =>
    new Tensor(
      'float32',
      Float32Array.from({ length: rows * cols }, () => uniform() - 0.5),
      [rows, cols],
    );
  const products = SHAPES.map(([rows, others]) => {
    const feeds = { A: filled(rows), B: filled(others) };
    const into = { Y: new Tensor('float32', new Float32Array(rows * others), [rows, others]) };
    return async () => {
      const before = process.cpuUsage();
      await session.run(feeds, into);
      return productOperations(rows, others, cols) / seconds(process.cpuUsage(before));
    };
  });
  for (const product of products) await product();
  return async () => {
    const rates: number[][] = SHAPES.map(() => []);
    for (let i = 0; i < REPETITIONS; i++) {
      for (const [at, product] of products.entries()) rates[at]!.push(await product());
    }
    return { operationsPerSecond: Math.max(...rates.map(median)) };
  };
}
