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
  TileStore,
} from '@refrain/core/reductions';
import { measureCosines } from '../measureCosines.ts';
import { type Gemm, gemmProducts, openGemm, TILE, WINDOW } from './gemm.ts';
import { Threads } from './threads.ts';

/** The options of the kernel `cpu`. */
export const cpuOptions = z.object({
  tileMemory: numberOption((n) => n.min(0))
    .default(256)
    .describe('MiB for keeping similarities from one search to the next, where all fit (2n² bytes); 0 for none'),
  threadsFrom: numberOption((n) => n.int().min(1))
    .default(4096)
    .describe('fewest points for which worker threads are started'),
});

const MEBIBYTE = 2 ** 20;
// In lists that grow, are sorted, and are weighed by whoever asked for them.
const BYTES_OF_PAIR = 100;
// Products of fewer numbers are computed about as quickly as they are kept and read again.
const COLS_WORTH_KEEPING = 64;

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
    const isWorthKeeping = points.cols >= COLS_WORTH_KEEPING && 2 * points.rows ** 2 <= this.#tileBytes();
    const tiles = isWorthKeeping ? 'to be kept' : 'discarded';
    const reducer = this.#needsThreads(points)
      ? this.#threaded(points, move, tiles)
      : this.#inline(points, move, tiles);
    return new ReducedPoints(points, measure, reducer, move);
  }

  /** What tiles may take: where memory is limited, a quarter of what is left of it. */
  #tileBytes(): number {
    const asked = this.#options.tileMemory * MEBIBYTE;
    const { maxMemory } = this.#host;
    return maxMemory === undefined ? asked : Math.min(asked, (maxMemory - process.memoryUsage.rss()) / 4);
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
  #inline(points: Matrix, move: Move | undefined, tiles: Reducer['tiles']): Reducer {
    const store = new TileStore();
    const reducer = {
      ...this.#products(points, move),
      tiles,
      run: async <P extends Pass>(pass: P, reduction: Reduction) => {
        const products = gemmProducts(await this.#openGemm(), points, pass.order, WINDOW, move);
        if (!sharesTiles(pass)) return runPass(pass, { products, size: TILE }, inlineWork(pass, TILE, reduction));
        const findings = await runPass(pass, { products, size: TILE, store }, inlineWork(pass, TILE, reduction));
        reducer.tiles = 'kept';
        return findings;
      },
      close: async () => {},
    };
    return reducer;
  }

  /** Passes run in worker threads. */
  #threaded(points: Matrix, move: Move | undefined, tiles: Reducer['tiles']): Reducer {
    // They need a moment to start, in which the points are made ready.
    this.#threads.start();
    const shared = this.#threads.share(points, move);
    const reducer = {
      ...this.#products(points, move),
      tiles,
      run: async <P extends Pass>(pass: P, reduction: Reduction) => {
        if (!sharesTiles(pass)) return this.#threads.run(shared, pass, 'discard', reduction);
        const handling = reducer.tiles === 'kept' ? 'reread' : 'keep';
        // Unless this pass ends well, the next one starts anew.
        reducer.tiles = 'to be kept';
        const findings = await this.#threads.run(shared, pass, handling, reduction);
        reducer.tiles = 'kept';
        return findings;
      },
      close: async () => this.#threads.forget(shared),
    };
    return reducer;
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

function sharesTiles(pass: Pass): boolean {
  return pass.kind === 'nearest' && pass.sharesTiles;
}

/** The kernel `cpu`. */
export const cpu = defineComponent({
  name: 'cpu',
  description: 'similarities by onnxruntime matrix products on the processor',
  options: cpuOptions,
  inject: ['host'],
  create: (options, host): SimilarityKernel => new CpuKernel(options, host),
});
