import { seededRandom } from '@refrain/core';
import { modelBytes, type Node, onnxruntime, openSession } from '@refrain/onnx';
import { seconds as cpuSeconds } from './cost.ts';
import { median } from './floor.ts';

/** So many products in one run that its start does not count. */
const PRODUCTS = 32;
const RUNS = 41;

/**
 * Measures the two matrix products of a step on a batch, on one thread of onnxruntime: logits, (batch × cols)·(classes × cols)ᵀ, and the
 * gradient of the weights, (batch × classes)ᵀ·(batch × cols). Gives the CPU seconds of the two together, medians of 41 runs.
 */
export async function prepareProducts(batch: number, cols: number, classes: number): Promise<() => Promise<number>> {
  const logits = await product([batch, cols], [classes, cols], [batch, classes], { transB: 1 });
  const gradient = await product([batch, classes], [batch, cols], [classes, cols], { transA: 1 });
  return async () => (await logits()) + (await gradient());
}

type Shape = readonly [number, number];

// Every product has a left side of its own: onnxruntime computes equal ones once.
async function product(left: Shape, right: Shape, result: Shape, attributes: NonNullable<Node['attributes']>) {
  const { Tensor } = await onnxruntime();
  const { uniform } = seededRandom('products');
  const names = Array.from({ length: PRODUCTS }, (_, index) => `${index}`);
  const tensor = ([rows, cols]: Shape) =>
    new Tensor(
      'float32',
      Float32Array.from({ length: rows * cols }, () => uniform() - 0.5),
      [rows, cols],
    );
  const session = await openSession(
    modelBytes({
      inputs: [
        ...names.map((name) => ({ name: `left ${name}`, type: 'float32' as const, shape: left })),
        { name: 'right', type: 'float32', shape: right },
      ],
      outputs: names.map((name) => ({ name, type: 'float32', shape: result })),
      nodes: names.map((name) => ({ op: 'Gemm', inputs: [`left ${name}`, 'right'], outputs: [name], attributes })),
    }),
  );
  const feeds = {
    right: tensor(right),
    ...Object.fromEntries(names.map((name) => [`left ${name}`, tensor(left)])),
  };
  const into = Object.fromEntries(names.map((name) => [name, tensor(result)]));
  return async () => {
    const seconds: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const before = process.cpuUsage();
      await session.run(feeds, into);
      seconds.push(cpuSeconds(process.cpuUsage(before)) / PRODUCTS);
    }
    return median(seconds);
  };
}
