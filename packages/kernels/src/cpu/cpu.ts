import {
  defineComponent,
  type Host,
  type LoadedPoints,
  type Matrix,
  type Measure,
  numberOption,
  parseOptions,
  quietHost,
  Service,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import { checkPoints } from '../checkQuery.ts';
import { inlineWork } from '../passes/inline.ts';
import { identityOrder } from '../passes/order.ts';
import { runPass } from '../passes/runPass.ts';
import { TileStore } from '../passes/tileStore.ts';
import { type Device, ReducedPoints } from '../reducedPoints.ts';
import { FLOAT32_ROUNDOFF, type TileSize } from '../tiles.ts';
import { type Gemm, gemmProducts, openGemm } from './gemm.ts';
import { Threads } from './threads.ts';

/** The options of the kernel `cpu`. */
export const cpuOptions = z.object({
  tileMemory: numberOption((n) => n.min(0))
    .default(0)
    .describe('MiB in which to keep tiles for a second search where they all fit (2n² bytes); 0 for none'),
  threadsFrom: numberOption((n) => n.int().min(1))
    .default(4096)
    .describe('fewest points for which worker threads are started'),
});

// Tall tiles: few columns to gather for each, and little below the diagonal.
const SIZE: TileSize = { rows: 2048, cols: 512 };
const MEBIBYTE = 2 ** 20;

/**
 * Similarities on the processor: float32 matrix products of onnxruntime, one thread each, on as many worker threads as the host has
 * workers, or in the calling thread where the points are few. Each thread scans its own tiles, so no tile crosses a thread.
 */
export class CpuKernel implements SimilarityKernel {
  readonly name = 'cpu';
  readonly #options: z.output<typeof cpuOptions>;
  readonly #workers: number;
  readonly #threads: Threads;
  #gemm: Promise<Gemm> | undefined;

  /** Throws a ConfigError that names the first option out of range. */
  constructor(options: z.input<typeof cpuOptions> = {}, host: Host = quietHost()) {
    this.#options = parseOptions(cpuOptions, options, 'cpu');
    this.#workers = host.workers;
    this.#threads = new Threads(host.workers, SIZE);
  }

  async load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    checkPoints(points);
    const { tileMemory, threadsFrom } = this.#options;
    const keepsTiles = points.rows > 0 && 2 * points.rows ** 2 <= tileMemory * MEBIBYTE;
    const usesThreads = this.#workers > 1 && points.rows >= threadsFrom;
    const device = {
      roundoff: FLOAT32_ROUNDOFF,
      keepsTiles,
      products: async () => gemmProducts(await this.#openGemm(), points, identityOrder(points.rows)),
    };
    return new ReducedPoints(points, measure, {
      ...device,
      ...(usesThreads ? this.#threaded(points, keepsTiles) : this.#inline(points, keepsTiles)),
    });
  }

  /** Passes run in the calling thread. */
  #inline(points: Matrix, keepsTiles: boolean): Pick<Device, 'run' | 'close'> {
    const tiles = keepsTiles ? new TileStore() : undefined;
    return {
      run: async (pass, reduction) => {
        const products = gemmProducts(await this.#openGemm(), points, pass.order);
        const store = pass.kind === 'nearest' ? tiles : undefined;
        return runPass(pass, { products, size: SIZE, store }, inlineWork(pass, SIZE, reduction));
      },
      close: async () => {},
    };
  }

  /** Passes run in worker threads. */
  #threaded(points: Matrix, keepsTiles: boolean): Pick<Device, 'run' | 'close'> {
    const shared = this.#threads.share(points);
    let areKept = false;
    return {
      run: async (pass, reduction) => {
        if (!keepsTiles || pass.kind !== 'nearest') return this.#threads.run(shared, pass, 'discard', reduction);
        const tiles = areKept ? 'reread' : 'keep';
        // Unless this pass ends well, the next one starts anew.
        areKept = false;
        const findings = await this.#threads.run(shared, pass, tiles, reduction);
        areKept = true;
        return findings;
      },
      close: async () => this.#threads.forget(shared),
    };
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
  inject: [Service.host],
  create: (options, host): SimilarityKernel => new CpuKernel(options, host),
});
