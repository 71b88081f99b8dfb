import type { ScoreCount, ScoreCounts } from './kernel.ts';
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
  /** What was asked for alongside, where the clusterer looked at all pairs anyway. */
  readonly scores?: ScoreCounts;
}

/** What else is to be found where a clusterer looks at all pairs of points: it may leave it. */
export interface Alongside {
  /**
   * Scores of the cosines of all rows, which are of length 1. A kernel's rounding may put a score into the next bin; all pairs whose exact score is at least
   * `least` are listed, and a few just below it. A row of offset +Infinity has none.
   */
  readonly scores: ScoreCount;
}

/** Groups embeddings. The result is a function of the points, not of their order, up to the numbering of clusters. */
export interface Clusterer {
  readonly name: string;
  /**
   * Clusters the rows of `embeddings`. Rows with NaN or infinite values are noise.
   * Fewer points than a cluster needs is no error: all are noise. The rows are only lent: they are not written to, and may be others once it is done.
   */
  cluster(embeddings: Matrix, alongside?: Alongside): Promise<Clustering>;
}
