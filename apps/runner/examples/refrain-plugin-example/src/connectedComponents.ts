import {
  type Clusterer,
  type Clustering,
  defineComponent,
  type Matrix,
  numberOption,
  type SimilarityKernel,
  z,
} from '@refrain/core';

/** Clusters are the connected components of the graph of pairs at or above a similarity; clips with no such pair are noise. */
export class ConnectedComponents implements Clusterer {
  readonly name = 'connected-components';
  readonly #similarity: number;
  readonly #kernel: SimilarityKernel;

  constructor(options: { similarity: number }, kernel: SimilarityKernel) {
    this.#similarity = options.similarity;
    this.#kernel = kernel;
  }

  async cluster(embeddings: Matrix): Promise<Clustering> {
    const usable = Array.from({ length: embeddings.rows }, (_, i) =>
      embeddings.data.subarray(i * embeddings.cols, (i + 1) * embeddings.cols).every(Number.isFinite),
    );
    const points = await this.#kernel.load({
      ...embeddings,
      data: embeddings.data.map((value) => (Number.isFinite(value) ? value : 0)),
    });
    const floor = Float32Array.from(usable, (ok) => (ok ? this.#similarity : Number.POSITIVE_INFINITY));
    const { i, j } = await points.pairsAbove({ floor });
    await points.close();
    const parent = Int32Array.from(usable, (_, index) => index);
    const root = (index: number): number => (parent[index] === index ? index : root(parent[index]!));
    for (let pair = 0; pair < i.length; pair++) {
      const [a, b] = [root(i[pair]!), root(j[pair]!)];
      parent[Math.max(a, b)] = Math.min(a, b);
    }
    const sizes = new Map<number, number>();
    for (let index = 0; index < parent.length; index++) sizes.set(root(index), (sizes.get(root(index)) ?? 0) + 1);
    const clusters = new Map([...sizes].filter(([, size]) => size > 1).map(([leader], label) => [leader, label]));
    const labels = parent.map((_, index) => clusters.get(root(index)) ?? -1);
    return {
      labels,
      clusterCount: clusters.size,
      probabilities: Float32Array.from(labels, (label) => (label < 0 ? 0 : 1)),
    };
  }
}

export const connectedComponents = defineComponent({
  name: 'connected-components',
  description: 'connected components of the pairs at or above a similarity',
  options: z.object({
    similarity: numberOption((n) => n.min(-1).max(1))
      .default(0.95)
      .describe('from which two clips are connected'),
  }),
  inject: ['kernel'],
  create: (options, kernel) => new ConnectedComponents(options, kernel),
});
