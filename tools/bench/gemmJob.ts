import { seededRandom } from '@refrain/core';
import { modelBytes, onnxruntime, openSession } from '@refrain/onnx';
import { seconds } from './cost.ts';
import { median, productOperations } from './floor.ts';
import type { Prepared } from './jobs.ts';

const SIZE = 2048;
const REPETITIONS = 9;

/**
 * The rate of onnxruntime's matrix product: A·Bᵀ of 2048 × `cols` matrices of float32, on one thread, into a tensor that is there already.
 * The fact `operationsPerSecond` is the median of nine runs, per CPU second, after one that does not count.
 */
export async function prepareGemm(cols: number): Promise<Prepared> {
  const { Tensor } = await onnxruntime();
  const session = await openSession(
    modelBytes({
      inputs: ['A', 'B'].map((name) => ({ name, type: 'float32', shape: [SIZE, cols] })),
      outputs: [{ name: 'Y', type: 'float32', shape: [SIZE, SIZE] }],
      nodes: [{ op: 'Gemm', inputs: ['A', 'B'], outputs: ['Y'], attributes: { transB: 1 } }],
    }),
    { threads: 1 },
  );
  const { uniform } = seededRandom('gemm');
  const filled = () =>
    new Tensor(
      'float32',
      Float32Array.from({ length: SIZE * cols }, () => uniform() - 0.5),
      [SIZE, cols],
    );
  const feeds = { A: filled(), B: filled() };
  const into = { Y: new Tensor('float32', new Float32Array(SIZE * SIZE), [SIZE, SIZE]) };
  await session.run(feeds, into);
  return async () => {
    const rates: number[] = [];
    for (let i = 0; i < REPETITIONS; i++) {
      const before = process.cpuUsage();
      await session.run(feeds, into);
      rates.push(productOperations(SIZE, SIZE, cols) / seconds(process.cpuUsage(before)));
    }
    return { operationsPerSecond: median(rates) };
  };
}
