import { setImmediate } from 'node:timers/promises';
import {
  type Clusterer,
  type Clustering,
  checkSize,
  defineComponent,
  type Host,
  type Matrix,
  numberOption,
  parseOptions,
  quietHost,
  rowOf,
  z,
} from '@refrain/core';
import { rowOrder, usableRows } from '../hdbscan/metricSpace.ts';

/** The options of k-means. */
export const kMeansOptions = z.object({
  k: numberOption((n) => n.int().min(1))
    .optional()
    .describe('number of clusters, default √(n/2) rounded; never more than there are different points'),
  maxIterations: numberOption((n) => n.int().min(1))
    .default(100)
    .describe('most rounds of Lloyd’s algorithm'),
  seed: numberOption((n) => n.int().min(0))
    .default(0)
    .describe('seed of the initial centres (k-means++)'),
});

/**
 * k-means (Lloyd 1982, initial centres by k-means++, Arthur & Vassilvitskii 2007) by `ml-kmeans`. Every point has a cluster, with probability 1;
 * rows with NaN or infinite values are noise. Points are sorted before, so that neither seed nor rounding sees their order.
 */
export class KMeans implements Clusterer {
  readonly name = 'k-means';
  readonly #options: z.output<typeof kMeansOptions>;
  readonly #host: Host;

  /** Throws a ConfigError that names the first option out of range. */
  constructor(options: z.input<typeof kMeansOptions> = {}, host: Host = quietHost()) {
    this.#options = parseOptions(kMeansOptions, options, 'k-means');
    this.#host = host;
  }

  async cluster(embeddings: Matrix): Promise<Clustering> {
    checkSize('embeddings', embeddings);
    const isBefore = rowOrder(embeddings, 'euclidean');
    const order = usableRows(embeddings, 'euclidean').sort((a, b) =>
      isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : a - b,
    );
    const different = order.filter((row, at) => at === 0 || isBefore(order[at - 1]!, row)).length;
    const clusters = order.length === 0 ? [] : await this.#clustersOf(embeddings, order, different);
    const labels = new Int32Array(embeddings.rows).fill(-1);
    const probabilities = new Float32Array(embeddings.rows);
    // Clusters may be left empty: they are numbered by their first point.
    const numbers = new Map<number, number>();
    order.forEach((row, at) => {
      const cluster = clusters[at]!;
      if (!numbers.has(cluster)) numbers.set(cluster, numbers.size);
      labels[row] = numbers.get(cluster)!;
      probabilities[row] = 1;
    });
    return { labels, clusterCount: numbers.size, probabilities };
  }

  /** The cluster of each row of `order`, of which so many are different. */
  async #clustersOf(points: Matrix, order: Uint32Array, different: number): Promise<readonly number[]> {
    const { k = Math.max(1, Math.round(Math.sqrt(order.length / 2))), maxIterations, seed } = this.#options;
    const { kmeansGenerator } = await import('ml-kmeans');
    const rows = Array.from(order, (row) => Array.from(rowOf(points, row)));
    const progress = this.#host.progress('clustering', maxIterations, 'rounds');
    let clusters: readonly number[] = [];
    try {
      for (const round of kmeansGenerator(rows, Math.min(different, k), { maxIterations, seed })) {
        clusters = round.clusters;
        progress.advance();
        // A turn of the event loop, so that an interrupt gets through.
        await setImmediate();
        this.#host.signal.throwIfAborted();
      }
    } finally {
      progress.end();
    }
    return clusters;
  }
}

/** The clusterer `k-means`. */
export const kMeans = defineComponent({
  name: 'k-means',
  description: 'k-means: a given number of round clusters, no noise',
  options: kMeansOptions,
  inject: ['host'],
  create: (options, host): Clusterer => new KMeans(options, host),
});
