import {
  type Clusterer,
  type Clustering,
  DataError,
  defineComponent,
  type Host,
  type Matrix,
  parseOptions,
  quietHost,
  Service,
  type SimilarityKernel,
  takeRows,
  type z,
} from '@refrain/core';
import { barePoints, clusterFromTree, type HdbscanResult, withLeftOut } from './clusterFromTree.ts';
import { openSpace, usableRows } from './metricSpace.ts';
import { minimumSpanningTree } from './minimumSpanningTree.ts';
import { type HdbscanOptions, hdbscanOptions } from './options.ts';
import { type SingleLinkageTree, singleLinkageTree } from './singleLinkageTree.ts';

/**
 * HDBSCAN* (Campello, Moulavi & Sander 2013; Campello et al. 2015; McInnes & Healy 2017), exact, with the conventions of the Python `hdbscan` package: minSamples
 * does not count the point itself, λ = 1/distance, −1 is noise. All pairwise work runs on the injected kernel, and memory grows with the
 * number of points, not its square.
 */
export class Hdbscan implements Clusterer {
  readonly name = 'hdbscan';
  readonly #options: HdbscanOptions;
  readonly #kernel: SimilarityKernel;
  readonly #host: Host;

  /** Throws a ConfigError that names the first option out of range. */
  constructor(options: z.input<typeof hdbscanOptions>, kernel: SimilarityKernel, host: Host = quietHost()) {
    this.#options = parseOptions(hdbscanOptions, options, 'hdbscan');
    this.#kernel = kernel;
    this.#host = host;
  }

  async cluster(embeddings: Matrix): Promise<Clustering> {
    const { labels, clusterCount, probabilities, outlierScores } = await this.fit(embeddings);
    return {
      labels,
      clusterCount,
      probabilities: Float32Array.from(probabilities),
      outlierScores: Float32Array.from(outlierScores),
    };
  }

  /**
   * Everything that is found on the way to the labels. Rows with NaN or infinite values, and with the cosine metric rows of zeros, which have
   * no direction, are noise with outlier score 1. No row and one row are no error (in the Python package they are): they are noise.
   */
  async fit(points: Matrix): Promise<HdbscanResult> {
    if (points.data.length !== points.rows * points.cols) {
      throw new DataError(
        'embeddings',
        `Expected ${points.rows} × ${points.cols} = ${points.rows * points.cols} values, got ${points.data.length}.`,
      );
    }
    const used = usableRows(points, this.#options.metric);
    const usable = used.length === points.rows ? points : takeRows(points, used);
    const tree = usable.rows < 2 ? barePoints(usable.rows === 0 ? 0 : 1) : await this.#singleLinkageTree(usable);
    return withLeftOut(clusterFromTree(tree, this.#options), used, points.rows);
  }

  async #singleLinkageTree(points: Matrix): Promise<SingleLinkageTree> {
    const { metric, alpha, minClusterSize, minSamples = minClusterSize } = this.#options;
    const { signal } = this.#host;
    const space = await openSpace(points, metric, this.#kernel);
    const progress = this.#host.progress('clustering', points.rows - 1, 'edges');
    try {
      const edges = await minimumSpanningTree(space, {
        minSamples: Math.min(points.rows - 1, minSamples),
        alpha,
        signal,
        onEdges: (count) => progress.advance(count),
      });
      return singleLinkageTree(edges, points.rows);
    } finally {
      progress.end();
      await space.loaded.close();
    }
  }
}

/** The clusterer `hdbscan`. */
export const hdbscan = defineComponent({
  name: 'hdbscan',
  description: 'exact HDBSCAN*: clusters of any shape and density, and noise',
  options: hdbscanOptions,
  inject: [Service.kernel, Service.host],
  create: (options, kernel, host): Clusterer => new Hdbscan(options, kernel, host),
});
