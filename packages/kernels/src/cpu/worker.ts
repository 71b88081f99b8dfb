import { parentPort } from 'node:worker_threads';
import { type Findings, runPass, TILES_A_SIDE, TileStore, type Work } from '@refrain/core/reductions';
import { gemmProducts, openGemm } from './gemm.ts';
import type { Answer, Assignment, Farewell } from './threads.ts';

const gemm = await openGemm();
const stores = new Map<number, TileStore>();

const answer = (message: Answer, moved: ArrayBuffer[] = []) => parentPort!.postMessage(message, moved);

parentPort!.on('message', async (message: Assignment | Farewell) => {
  if ('forget' in message) {
    if (message.forget !== 'all') return void stores.delete(message.forget);
    await gemm.close();
    return parentPort!.close();
  }
  try {
    const { pass, points, move, size, thresholds } = message;
    const store = storeFor(message);
    const means = {
      products: gemmProducts(gemm, points, pass.order, TILES_A_SIDE * size.cols, move),
      size,
      store,
      thresholds,
    };
    const work = workOf(message, store);
    const findings = await runPass(pass, means, work);
    work.report();
    answer({ findings }, buffersOf(findings));
  } catch (error) {
    answer({ error: error instanceof Error ? error : new Error(String(error)) });
  }
});

// Every sixteen tiles is often enough to tell how far it is.
const PRODUCTS_PER_REPORT = 2 ** 22;

function workOf({ control, tiles }: Assignment, store: TileStore | undefined): Work & { report(): void } {
  const takeTask = () => Atomics.add(control, 0, 1);
  let kept = 0;
  const keepTask = () => {
    const task = takeTask();
    store?.tasks.push(task);
    return task;
  };
  let unreported = 0;
  const report = () => {
    answer({ done: unreported });
    unreported = 0;
  };
  return {
    report,
    // Tiles stay with the thread that computed them, so each does the same tasks again.
    next: tiles === 'reread' ? () => store?.tasks[kept++] ?? Number.MAX_SAFE_INTEGER : keepTask,
    pause: () => {
      if (Atomics.load(control, 1) === 1) throw new Error('told to stop');
    },
    done: (products) => {
      unreported += products;
      if (unreported >= PRODUCTS_PER_REPORT) report();
    },
  };
}

/** Where the tiles of the points are kept, empty unless they are to be read again; undefined where they aren't kept. */
function storeFor({ load, tiles }: Assignment): TileStore | undefined {
  if (tiles === 'discard') return undefined;
  if (tiles === 'keep' || !stores.has(load)) stores.set(load, new TileStore());
  return stores.get(load);
}

/** The memory of findings, to be moved to the main thread in place of being copied. */
function buffersOf(findings: Findings[keyof Findings]): ArrayBuffer[] {
  const arrays = ArrayBuffer.isView(findings) ? [findings] : Object.values(findings).filter(ArrayBuffer.isView);
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
