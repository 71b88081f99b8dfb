import {
  type Alongside,
  type Clusterer,
  type Clustering,
  checkSize,
  defineComponent,
  type Host,
  type Matrix,
  type Progress,
  parseOptions,
  quietHost,
  type ScoreCounts,
  type SimilarityKernel,
  takeRows,
  type z,
} from '@refrain/core';
import { approximatePredict, type Prediction } from './approximatePredict.ts';
import { barePoints, clusterFromTree, type HdbscanModel, type HdbscanResult, withLeftOut } from './clusterFromTree.ts';
import { scoresOfSimilarities, withCosines } from './cosineScores.ts';
import { openSpace, rowOrder, usableRows, type Watch } from './metricSpace.ts';
import { minimumSpanningTree, type ReachabilityTree } from './minimumSpanningTree.ts';
import { type HdbscanOptions, hdbscanOptions } from './options.ts';
import { singleLinkageTree } from './singleLinkageTree.ts';
import { type SoftMembership, softMembership } from './softMembership.ts';

/**
 * HDBSCAN* (Campello, Moulavi & Sander 2013; Campello et al. 2015; McInnes & Healy 2017), exact, with the conventions of the Python `hdbscan`
 * package: minSamples does not count the point itself, λ = 1/distance, −1 is noise. The result is a function of the points, not of their order,
 * unless `ties` is `reference`. All pairwise work runs on the injected kernel, and memory grows with the number of points, not its square.
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

  async cluster(embeddings: Matrix, alongside?: Alongside): Promise<Clustering> {
    const { result, scores } = await this.#fit(embeddings, alongside);
    const { labels, clusterCount, probabilities, outlierScores } = result;
    return {
      labels,
      clusterCount,
      probabilities: Float32Array.from(probabilities),
      outlierScores: Float32Array.from(outlierScores),
      ...(scores && { scores }),
    };
  }

  /**
   * Everything that is found on the way to the labels. Rows with NaN or infinite values, and with the cosine metric rows of zeros, which have
   * no direction, are noise with outlier score 1. No row and one row are no error (in the Python package they are): they are noise.
   */
  async fit(points: Matrix): Promise<HdbscanResult> {
    return (await this.#fit(points)).result;
  }

  async #fit(
    points: Matrix,
    alongside?: Alongside,
  ): Promise<{ readonly result: HdbscanResult; readonly scores?: ScoreCounts }> {
    checkSize('embeddings', points);
    const used = usableRows(points, this.#options.metric);
    const usable = used.length === points.rows ? points : takeRows(points, used);
    const isBefore = rowOrder(usable, this.#options.metric);
    if (usable.rows < 2) {
      const bare = barePoints(usable.rows === 0 ? 0 : 1);
      return { result: withLeftOut(clusterFromTree(bare, this.#options, isBefore), used, points.rows) };
    }
    const asked = usable === points ? alongside : undefined;
    const { core: coreDistances, scores, ...edges } = await this.#spanningTree(usable, asked);
    const result = clusterFromTree(singleLinkageTree(edges, usable.rows), this.#options, isBefore);
    return {
      result: withLeftOut({ ...result, coreDistances }, used, points.rows),
      ...(scores && { scores }),
    };
  }

  /** Labels for new points in the clustering that `fit` found in others, which stays as it is: see approximatePredict. */
  predict(fitted: Omit<HdbscanModel, 'options'>, newPoints: Matrix): Promise<Prediction> {
    return approximatePredict({ ...fitted, options: this.#options }, newPoints, this.#kernel, this.#host);
  }

  /** The k clusters that each of the points given to `fit` most belongs to: see softMembership. */
  softMembership(fitted: Omit<HdbscanModel, 'options'>, k: number): Promise<SoftMembership> {
    return softMembership({ ...fitted, options: this.#options }, k, this.#kernel, this.#host);
  }

  async #spanningTree(points: Matrix, alongside: Alongside | undefined): Promise<ReachabilityTree> {
    const { metric, alpha, minSamples } = this.#options;
    const space = await openSpace(points, metric, this.#kernel);
    const { begin: watch, end } = searches(this.#host);
    try {
      const cosines = alongside && space.cosines();
      const tree = await minimumSpanningTree(space, {
        minSamples: Math.min(points.rows - 1, minSamples),
        alpha,
        watch,
        ...(cosines && { scores: scoresOfSimilarities(alongside.scores, cosines) }),
      });
      return { ...tree, ...(tree.scores && cosines && { scores: withCosines(tree.scores, cosines) }) };
    } finally {
      end();
      await space.loaded.close();
    }
  }
}

/** Shows the searches of the kernel one after the other: first for near points, then for all that matter. */
function searches(host: Host): { begin: Watch; end(): void } {
  let shown: Progress | undefined;
  const end = () => shown?.end();
  return {
    end,
    begin: (points) => {
      const label = shown === undefined ? 'finding near points' : 'finding neighbours';
      end();
      const progress = host.progress(label, points, 'points');
      shown = progress;
      let done = 0;
      const onProgress = (share: number) => {
        const now = Math.floor(share * points);
        progress.advance(now - done);
        done = now;
      };
      return { signal: host.signal, onProgress };
    },
  };
}

/** The clusterer `hdbscan`. */
export const hdbscan = defineComponent({
  name: 'hdbscan',
  description: 'exact HDBSCAN*: clusters of any shape and density, and noise',
  options: hdbscanOptions,
  inject: ['kernel', 'host'],
  create: (options, kernel, host): Clusterer => new Hdbscan(options, kernel, host),
});
