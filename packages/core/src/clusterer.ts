import type { Matrix } from './matrix.ts';

/** Which cluster each point belongs to. */
export interface Clustering {
  /** Cluster of each point, 0 … clusterCount − 1; −1 is noise. */
  readonly labels: Int32Array;
  readonly clusterCount: number;
  /** How surely each point belongs to its cluster, 0…1; 0 for noise. */
  readonly probabilities: Float32Array;
  /** How much of an outlier each point is, 0…1 (HDBSCAN: GLOSH). Absent where the method has no such notion. */
  readonly outlierScores?: Float32Array;
}

/** Groups embeddings. The result is a function of the points, not of their order, up to the numbering of clusters. */
export interface Clusterer {
  readonly name: string;
  /**
   * Clusters the rows of `embeddings`. Rows with NaN or infinite values are noise.
   * Fewer points than a cluster needs is no error: all are noise.
   */
  cluster(embeddings: Matrix): Promise<Clustering>;
}
