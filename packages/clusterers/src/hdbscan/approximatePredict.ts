import {
  DataError,
  type Host,
  type Matrix,
  parseOptions,
  quietHost,
  rowOf,
  type SimilarityKernel,
  zeros,
} from '@refrain/core';
import { checkModel, type HdbscanModel, type HdbscanResult } from './clusterFromTree.ts';
import { ancestors, departures } from './condensedTree.ts';
import { type MetricSpace, openSpace, usableRows } from './metricSpace.ts';
import { batches, type NearestPoints, nearestPoints } from './nearestPoints.ts';
import { hdbscanOptions } from './options.ts';
import {
  labelsOfClusters,
  lastDeaths,
  leastRootLambda,
  membership,
  outlierScore,
  type SelectionOptions,
} from './selectClusters.ts';

/**
 * Labels for new points in a clustering that stays as it is (McInnes, documentation of the Python `hdbscan` package, "Predicting clusters for
 * new points").
 *
 * The core distance of a new point is that to its minSamples-th nearest clustered point, as if it were one of them: itself not counted. Among
 * its 2·minSamples nearest it follows the one of least mutual reachability and takes its place in the tree: λ = 1 / that mutual
 * reachability, the cluster is the neighbour's or its first ancestor that was born before λ. Distances are exact in float64; new points don't see each
 * other.
 *
 * A new point at distance 0 of a clustered one is that point again: it gets its label, probability and score. Rows that the metric can't use are noise
 * with outlier score 1, and so are all where fewer than two points were clustered. It takes one pass of the new over the clustered points.
 * Throws a DataError for points of another shape and for a result without core distances, which is not one of `Hdbscan.fit`.
 */
export async function approximatePredict(
  model: HdbscanModel,
  newPoints: Matrix,
  kernel: SimilarityKernel,
  host: Host = quietHost(),
): Promise<Prediction> {
  checkModel(model);
  checkColumns(model.points, newPoints);
  const options = parseOptions(hdbscanOptions, model.options, 'hdbscan');
  const { metric, alpha, minSamples } = options;
  const prediction = allNoise(newPoints.rows);
  const fitted = usableRows(model.points, metric);
  const fresh = usableRows(newPoints, metric);
  if (fitted.length < 2 || fresh.length === 0) return prediction;
  const place = treePlacement(model.result, options);
  const reach = { minSamples: Math.min(fitted.length - 1, minSamples), alpha };
  const core = coreOf(model, fitted);
  const space = await openSpace(joined(model.points, fitted, newPoints, fresh), metric, kernel);
  const progress = host.progress('predicting', fresh.length, 'points');
  try {
    for await (const { start, lists } of nearestFitted(space, fitted.length, reach.minSamples, host.signal)) {
      const rows = lists.indices.length / lists.size;
      for (let i = 0; i < rows; i++) {
        const { neighbour, lambda } = followed(lists, i, core, reach);
        place(prediction, fresh[start + i]!, fitted[neighbour]!, lambda);
      }
      progress.advance(rows);
    }
  } finally {
    progress.end();
    await space.loaded.close();
  }
  return prediction;
}

/** The 2·minSamples nearest clustered points of the new ones, which come after the `fitted` clustered ones in the space, some rows at a time. */
async function* nearestFitted(
  space: MetricSpace,
  fitted: number,
  minSamples: number,
  signal: AbortSignal,
): AsyncGenerator<{ start: number; lists: NearestPoints }> {
  // Points of one component are no neighbours: all new ones are in component 1.
  const component = new Int32Array(space.count).fill(1, fitted);
  const size = Math.min(fitted, 2 * minSamples);
  const rows = Uint32Array.from({ length: space.count - fitted }, (_, i) => fitted + i);
  for (const batch of batches(rows, size)) {
    const lists = await nearestPoints(space, batch, { size, exact: minSamples, component, signal });
    yield { start: batch[0]! - fitted, lists };
  }
}

/** The listed point of least mutual reachability, of those the nearest; λ is undefined where it is the same point as the new one. */
function followed(
  { size, indices, distances }: NearestPoints,
  i: number,
  core: Float64Array,
  { minSamples, alpha }: { readonly minSamples: number; readonly alpha: number },
): { neighbour: number; lambda: number | undefined } {
  const first = i * size;
  if (distances[first] === 0) return { neighbour: indices[first]!, lambda: undefined };
  const own = distances[first + minSamples - 1]!;
  let neighbour = -1;
  let least = Infinity;
  for (let at = first; at < first + size && indices[at]! >= 0; at++) {
    const reachability = Math.max(own, core[indices[at]!]!, distances[at]! / alpha);
    if (neighbour >= 0 && reachability >= least) continue;
    neighbour = indices[at]!;
    least = reachability;
  }
  return { neighbour, lambda: 1 / least };
}

/** Core distances of the clustered rows `fitted`. */
function coreOf({ result: { coreDistances } }: HdbscanModel, fitted: Uint32Array): Float64Array {
  if (coreDistances === undefined) {
    throw new DataError(
      'clustering',
      'Expected a clustering with core distances, as Hdbscan.fit gives it; this one has none.',
    );
  }
  return Float64Array.from(fitted, (row) => coreDistances[row]!);
}

function checkColumns(points: Matrix, newPoints: Matrix): void {
  const { data, rows, cols } = newPoints;
  if (data.length === rows * cols && (rows === 0 || cols === points.cols)) return;
  throw new DataError(
    'embeddings',
    `Expected new points of ${points.cols} columns like those that were clustered, got ${rows} × ${cols} in ${data.length} values.`,
  );
}

function allNoise(count: number): Prediction {
  return {
    labels: new Int32Array(count).fill(-1),
    probabilities: new Float64Array(count),
    outlierScores: new Float64Array(count).fill(1),
  };
}

/** The usable clustered rows and after them the usable new ones. */
function joined(points: Matrix, fitted: Uint32Array, newPoints: Matrix, fresh: Uint32Array): Matrix {
  const all = zeros(fitted.length + fresh.length, points.cols);
  fitted.forEach((row, i) => {
    all.data.set(rowOf(points, row), i * points.cols);
  });
  fresh.forEach((row, i) => {
    all.data.set(rowOf(newPoints, row), (fitted.length + i) * points.cols);
  });
  return all;
}

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
type Place = (prediction: Prediction, at: number, neighbour: number, lambda: number | undefined) => void;

/**
 * Places new points in the tree of a clustering: from the cluster that the neighbour falls out of, up to the first that was born before λ.
 * The label is that of the chosen cluster this is or lies under. Where the root is the only cluster, new points must stay in it as long as
 * clustered ones must (`labelPoints`).
 */
function treePlacement(
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
