import { parentPort } from 'node:worker_threads';
import { type Findings, runPass, TILES_A_SIDE, type Work } from '@refrain/core/reductions';
import { gemmProducts, openGemm } from './gemm.ts';
import type { Answer, Assignment, Farewell } from './threads.ts';

const gemm = await openGemm();
const answer = (message: Answer, moved: ArrayBuffer[] = []) => parentPort!.postMessage(message, moved);

parentPort!.on('message', async (message: Assignment | Farewell) => {
  if (message === 'end') {
    await gemm.close();
    return parentPort!.close();
  }
  try {
    const { pass, points, move, size, thresholds } = message;
    const means = {
      products: gemmProducts(gemm, points, pass.order, TILES_A_SIDE * size.cols, move),
      size,
      thresholds,
    };
    const work = workOf(message);
    const findings = await runPass(pass, means, work);
    work.report();
    answer({ findings }, buffersOf(findings));
  } catch (error) {
    answer({ error: error instanceof Error ? error : new Error(String(error)) });
  }
});

// Every sixteen tiles is often enough to tell how far it is.
const PRODUCTS_PER_REPORT = 2 ** 22;

function workOf({ control }: Assignment): Work & { report(): void } {
  let unreported = 0;
  const report = () => {
    answer({ done: unreported });
    unreported = 0;
  };
  return {
    report,
    next: () => Atomics.add(control, 0, 1),
    pause: () => {
      if (Atomics.load(control, 1) === 1) throw new Error('told to stop');
    },
    done: (products) => {
      unreported += products;
      if (unreported >= PRODUCTS_PER_REPORT) report();
    },
  };
}

/** The memory of findings, to be moved to the main thread in place of being copied. */
function buffersOf(findings: Findings[keyof Findings]): ArrayBuffer[] {
  const arrays = ArrayBuffer.isView(findings) ? [findings] : Object.values(findings).filter(ArrayBuffer.isView);
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
