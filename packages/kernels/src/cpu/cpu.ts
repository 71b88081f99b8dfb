import {
  defineComponent,
  type Host,
  type LoadedPoints,
  type Matrix,
  type Measure,
  type Move,
  numberOption,
  parseOptions,
  quietHost,
  type Reduction,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import {
  checkPoints,
  FLOAT32_ROUNDOFF,
  identityOrder,
  inlineWork,
  type Pass,
  ReducedPoints,
  type Reducer,
  runPass,
} from '@refrain/core/reductions';
import { measureCosines } from '../measureCosines.ts';
import { type Gemm, gemmProducts, openGemm, TILE, WINDOW } from './gemm.ts';
import { sharedPoints, Threads } from './threads.ts';

/** The options of the kernel `cpu`. */
export const cpuOptions = z.object({
  threadsFrom: numberOption((n) => n.int().min(1))
    .default(4096)
    .describe('fewest points for which worker threads are started'),
});

// In lists that grow, are sorted, and are weighed by whoever asked for them.
const BYTES_OF_PAIR = 100;

/**
 * Similarities on the processor: float32 matrix products of onnxruntime, one thread each, on as many worker threads as the host has
 * workers, or in the calling thread where the points are few. Each thread scans its own tiles, so no tile crosses a thread.
 */
export class CpuKernel implements SimilarityKernel {
  readonly name = 'cpu';
  readonly measureCosines = measureCosines;
  /** Where memory is limited: moving points for each tile anew takes a tenth longer than a copy of them all. */
  readonly loadMoved?: NonNullable<SimilarityKernel['loadMoved']>;
  readonly #options: z.output<typeof cpuOptions>;
  readonly #threads: Threads;
  readonly #host: Pick<Host, 'workers' | 'maxMemory'>;
  #gemm: Promise<Gemm> | undefined;

  /** Throws a ConfigError that names the first option out of range. */
  constructor(options: z.input<typeof cpuOptions> = {}, host: Host = quietHost()) {
    this.#options = parseOptions(cpuOptions, options, 'cpu');
    this.#threads = new Threads(host.workers, TILE);
    this.#host = host;
    if (host.maxMemory !== undefined)
      this.loadMoved = async (points, move, measure = 'inner-product') => this.#load(points, measure, move);
  }

  async load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    return this.#load(points, measure, undefined);
  }

  #load(points: Matrix, measure: Measure, move: Move | undefined): LoadedPoints {
    checkPoints(points, move);
    const reducer = this.#needsThreads(points) ? this.#threaded(points, move) : this.#inline(points, move);
    return new ReducedPoints(points, measure, reducer, move);
  }

  /** A thread of its own takes memory of its own, so where that is limited a single one is none. */
  #needsThreads({ rows }: Matrix): boolean {
    const { workers, maxMemory } = this.#host;
    return rows >= this.#options.threadsFrom && (workers > 1 || maxMemory === undefined);
  }

  async close(): Promise<void> {
    const gemm = this.#gemm;
    this.#gemm = undefined;
    await Promise.all([this.#threads.close(), gemm?.then((opened) => opened.close())]);
  }

  /** Passes run in the calling thread. */
  #inline(points: Matrix, move: Move | undefined): Reducer {
    return {
      ...this.#products(points, move),
      run: async <P extends Pass>(pass: P, reduction: Reduction) => {
        const products = gemmProducts(await this.#openGemm(), points, pass.order, WINDOW, move);
        return runPass(pass, { products, size: TILE }, inlineWork(pass, TILE, reduction));
      },
      close: async () => {},
    };
  }

  /** Passes run in worker threads. */
  #threaded(points: Matrix, move: Move | undefined): Reducer {
    // They need a moment to start, in which the points are made ready.
    this.#threads.start();
    const shared = sharedPoints(points, move);
    return {
      ...this.#products(points, move),
      run: (pass, reduction) => this.#threads.run(shared, pass, reduction),
      close: async () => {},
    };
  }

  #products(points: Matrix, move: Move | undefined): Pick<Reducer, 'products' | 'roundoff' | 'mostPairs'> {
    const { maxMemory } = this.#host;
    const mostPairs = () => Math.max(0, Math.floor((maxMemory! - process.memoryUsage.rss()) / BYTES_OF_PAIR));
    const products = async () => gemmProducts(await this.#openGemm(), points, identityOrder(points.rows), WINDOW, move);
    return { roundoff: FLOAT32_ROUNDOFF, products, ...(maxMemory !== undefined && { mostPairs }) };
  }

  #openGemm(): Promise<Gemm> {
    this.#gemm ??= openGemm();
    return this.#gemm;
  }
}

/** The kernel `cpu`. */
export const cpu = defineComponent({
  name: 'cpu',
  description: 'similarities by onnxruntime matrix products on the processor',
  options: cpuOptions,
  inject: ['host'],
  create: (options, host): SimilarityKernel => new CpuKernel(options, host),
});
