import {
  defineComponent,
  type LoadedPoints,
  type Matrix,
  type Measure,
  numberOption,
  parseOptions,
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
  productsOf,
  ReducedPoints,
  runPass,
} from '@refrain/core/reductions';
import { type Gemm, gemmProducts, openGemm, TILE, WINDOW } from '../cpu/gemm.ts';
import { measureCosines } from '../measureCosines.ts';
import { SharedPasses, type Sharing } from './sharedPasses.ts';

/** The options of the kernel `distributed`. */
export const distributedOptions = z.object({
  shareFrom: numberOption((n) => n.min(0))
    .default(8)
    .describe(
      'a search of fewer multiplications than this many billions, pairs × dimensions, is done by the run itself',
    ),
});

/**
 * Similarities by whoever does the jobs of an executor: threads, or workers on other machines. They multiply as the kernel `cpu` does, tile by
 * tile, so that what is found is the same, bit for bit, whoever found which part. Small searches are done in the calling thread.
 */
export class DistributedKernel implements SimilarityKernel {
  readonly name = 'distributed';
  readonly measureCosines = measureCosines;
  readonly #shareFrom: number;
  readonly #sharing: Sharing;
  #gemm: Promise<Gemm> | undefined;

  /** Throws a ConfigError that names the first option out of range. */
  constructor(options: z.input<typeof distributedOptions>, sharing: Sharing) {
    this.#shareFrom = 1e9 * parseOptions(distributedOptions, options, 'distributed').shareFrom;
    this.#sharing = sharing;
  }

  async load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    checkPoints(points);
    const gemm = () => this.#openGemm();
    const shared = new SharedPasses(points, gemm, this.#sharing);
    if ((points.rows * (points.rows - 1) * points.cols) / 2 >= this.#shareFrom) shared.open();
    const productsIn = async (order: Uint32Array) => gemmProducts(await gemm(), points, order, WINDOW);
    return new ReducedPoints(points, measure, {
      roundoff: FLOAT32_ROUNDOFF,
      products: () => productsIn(identityOrder(points.rows)),
      run: async <P extends Pass>(pass: P, reduction: Reduction) => {
        if (productsOf(pass, TILE) * points.cols >= this.#shareFrom) return shared.run(pass, reduction);
        return runPass(pass, { products: await productsIn(pass.order), size: TILE }, inlineWork(pass, TILE, reduction));
      },
      close: () => shared.close(),
    });
  }

  async close(): Promise<void> {
    const gemm = this.#gemm;
    this.#gemm = undefined;
    await gemm?.then((opened) => opened.close());
  }

  #openGemm(): Promise<Gemm> {
    this.#gemm ??= openGemm();
    return this.#gemm;
  }
}

/** The kernel `distributed`. */
export const distributed = defineComponent({
  name: 'distributed',
  description: 'as cpu, by the workers of the executor',
  options: distributedOptions,
  inject: ['executor', 'store', 'host'],
  create: (options, executor, store, host): SimilarityKernel =>
    new DistributedKernel(options, { executor, store, host }),
});
