import { ancestors } from './ancestors.ts';
import type { HdbscanResult } from './clusterFromTree.ts';
import { departures } from './departures.ts';
import { labelsOfClusters, leastRootLambda, membership } from './labels.ts';
import { lastDeaths, outlierScore } from './outlierScores.ts';
import type { SelectionOptions } from './selectClusters.ts';

/** What is foretold for new points. */
export interface Prediction {
  /** Label of the clustering; −1 is noise. */
  readonly labels: Int32Array;
  /** How long the point would stay in its cluster, as a share of how long the cluster lasts, in λ: 0…1, 0 for noise. */
  readonly probabilities: Float64Array;
  /** GLOSH score, 0…1; 0 also for points denser than all of the cluster they fall into. */
  readonly outlierScores: Float64Array;
}

/** Writes what follows for new point `at` that joins clustered point `neighbour` at `lambda`, or is that point again where λ is undefined. */
export type Place = (prediction: Prediction, at: number, neighbour: number, lambda: number | undefined) => void;

/**
 * Places new points in the tree of a clustering: from the cluster that the neighbour falls out of, up to the first that was born before λ.
 * The label is that of the chosen cluster this is or lies under. Where the root is the only cluster, new points must stay in it as long as
 * clustered ones must (`labelPoints`).
 */
export function treePlacement(
  result: HdbscanResult,
  { clusterSelectionEpsilon }: Pick<SelectionOptions, 'clusterSelectionEpsilon'>,
): Place {
  const { clusterTree, condensedTree, selection } = result;
  const { clusters } = departures(condensedTree);
  const { bornBefore } = ancestors(clusterTree);
  const labelOf = labelsOfClusters(clusterTree, selection.clusters);
  const rootLambda = leastRootLambda(clusterTree, clusterSelectionEpsilon);
  const last = lastDeaths(clusterTree);
  return ({ labels, probabilities, outlierScores }, at, neighbour, lambda) => {
    if (lambda === undefined) {
      labels[at] = result.labels[neighbour]!;
      probabilities[at] = result.probabilities[neighbour]!;
      outlierScores[at] = result.outlierScores[neighbour]!;
      return;
    }
    const cluster = bornBefore(clusters[neighbour]!, lambda);
    outlierScores[at] = outlierScore(lambda, last[cluster]!);
    const label = labelOf[cluster]!;
    if (label < 0) return;
    const chosen = selection.clusters[label]!;
    if (chosen === 0 && lambda < rootLambda) return;
    labels[at] = label;
    probabilities[at] = membership(lambda, clusterTree.deaths[chosen]!);
  };
}
