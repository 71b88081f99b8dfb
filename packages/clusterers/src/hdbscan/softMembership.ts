import { ConfigError, type Host, parseOptions, quietHost, type SimilarityKernel, takeRows } from '@refrain/core';
import { checkModel, type HdbscanModel, type HdbscanResult } from './clusterFromTree.ts';
import { type Departures, departures } from './condensedTree.ts';
import { membershipWeights, mergeHeights } from './membershipWeights.ts';
import { type MetricSpace, openSpace, usableRows } from './metricSpace.ts';
import { hdbscanOptions } from './options.ts';
import { labelsOfClusters, lastDeaths } from './selectClusters.ts';

/** For each point the clusters it most belongs to, heaviest first, ties by label; row-major points × k. */
export interface SoftMembership {
  readonly k: number;
  /** Label; −1 where fewer than k clusters have a weight above 0. */
  readonly clusters: Int32Array;
  /** Weight of membership, 0…1. Over all clusters the weights of a point sum to the probability that it is in any: to 1 at most. */
  readonly weights: Float32Array;
}

/**
 * The k clusters that each clustered point most belongs to, and how much (see `membershipWeights` for the formula). Noise has memberships, too;
 * rows that the metric can't use have none. Distances to exemplars come from the kernel, tile by tile: memory grows with points × k, time with
 * points × exemplars. Throws a ConfigError if k is no whole number ≥ 1, and a DataError if the points are not those of the result.
 */
export async function softMembership(
  model: HdbscanModel,
  k: number,
  kernel: SimilarityKernel,
  host: Host = quietHost(),
): Promise<SoftMembership> {
  checkModel(model);
  if (!(Number.isInteger(k) && k >= 1)) throw new ConfigError('k', `k: expected a whole number ≥ 1, got ${k}.`);
  const { metric } = parseOptions(hdbscanOptions, model.options, 'hdbscan');
  const { points, result } = model;
  const found = {
    k,
    clusters: new Int32Array(points.rows * k).fill(-1),
    weights: new Float32Array(points.rows * k),
  };
  if (result.clusterCount === 0) return found;
  const left = departures(result.condensedTree);
  const { order, starts } = exemplarsFirst(exemplars(result), usableRows(points, metric), left);
  const weigh = pointWeights(model, left);
  const space = await openSpace(takeRows(points, order), metric, kernel);
  const progress = host.progress('memberships', order.length, 'points');
  const visit = (row: number, distances: Float64Array) =>
    keepHeaviest(found, order[row]!, weigh(order[row]!, distances));
  try {
    await forEachExemplarDistances(space, starts, visit, (rows) => progress.advance(rows), host.signal);
  } finally {
    progress.end();
    await space.loaded.close();
  }
  return found;
}

/** All usable points: the exemplars of each cluster, then the others, cluster of the tree by cluster, so that heights are computed once for each. */
function exemplarsFirst(
  byLabel: readonly Uint32Array[],
  used: Uint32Array,
  { clusters }: Departures,
): { order: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(byLabel.length + 1);
  const isExemplar = new Uint8Array(clusters.length);
  byLabel.forEach((points, label) => {
    starts[label + 1] = starts[label]! + points.length;
    for (const point of points) isExemplar[point] = 1;
  });
  const order = new Uint32Array(used.length);
  byLabel.forEach((points, label) => {
    order.set(
      points.slice().sort((a, b) => clusters[a]! - clusters[b]!),
      starts[label]!,
    );
  });
  const others = used.filter((point) => isExemplar[point] === 0).sort((a, b) => clusters[a]! - clusters[b]! || a - b);
  order.set(others, starts[byLabel.length]!);
  return { order, starts };
}

/** Weighs the clusters for a point by its distances to their exemplars; the array is written again with the next point. */
function pointWeights(
  { result: { clusterTree, selection } }: HdbscanModel,
  { clusters, lambdas }: Departures,
): (point: number, distances: Float64Array) => Float64Array {
  const last = lastDeaths(clusterTree);
  const deaths = Float64Array.from(selection.clusters, (cluster) => clusterTree.deaths[cluster]!);
  const heightsOf = mergeHeights(clusterTree, selection.clusters);
  const weights = new Float64Array(selection.clusters.length);
  let taken = -1;
  let heights: Float64Array = new Float64Array();
  return (point, distances) => {
    const cluster = clusters[point]!;
    if (cluster !== taken) heights = heightsOf(cluster);
    taken = cluster;
    const lambda = lambdas[point]!;
    membershipWeights(weights, distances, heights, deaths, { lambda, lambdaMax: last[cluster]! });
    return weights;
  };
}

/** Writes the k heaviest weights of a point. */
function keepHeaviest({ k, clusters, weights }: SoftMembership, point: number, all: Float64Array): void {
  const first = point * k;
  const end = first + k;
  for (let label = 0; label < all.length; label++) {
    const weight = Math.fround(all[label]!);
    if (!(weight > weights[end - 1]!)) continue;
    let at = end - 1;
    for (; at > first && weights[at - 1]! < weight; at--) {
      weights[at] = weights[at - 1]!;
      clusters[at] = clusters[at - 1]!;
    }
    weights[at] = weight;
    clusters[at] = label;
  }
}

/**
 * The exemplars of each cluster, its most persistent points: of every leaf of the condensed tree that is or lies under the chosen cluster,
 * the points that leave it last, at its largest λ (McInnes, documentation of the Python `hdbscan` package, "How soft clustering for HDBSCAN works").
 * By label, ascending indices; every cluster has some. A cluster of odd shape has several such hearts, so these stand for it better than one centre.
 */
export function exemplars({ clusterTree, condensedTree, selection }: HdbscanResult): Uint32Array[] {
  const labelOf = labelsOfClusters(clusterTree, selection.clusters);
  const { clusters, lambdas } = departures(condensedTree);
  const found: number[][] = selection.clusters.map(() => []);
  for (let point = 0; point < clusters.length; point++) {
    const cluster = clusters[point]!;
    if (cluster < 0 || clusterTree.childCounts[cluster]! > 0 || lambdas[point] !== clusterTree.deaths[cluster])
      continue;
    found[labelOf[cluster]!]?.push(point);
  }
  return found.map((points) => Uint32Array.from(points));
}

// Similarities in a tile at most: 16 MiB.
const TILE = 2 ** 22;
// A distance is off by less than one part in 2¹⁴ if its similarity is this many tolerances below that of equal points; nearer ones are computed again.
const SURE = 2 ** 14;

/**
 * Distances of points to the nearest exemplar of each cluster, in tiles of the kernel. The space holds the exemplars first, cluster by
 * cluster, then all other points; `starts` has the row at which each cluster's exemplars start and, last, the number of all exemplars.
 */
async function forEachExemplarDistances(
  space: MetricSpace,
  starts: Uint32Array,
  visit: (row: number, distances: Float64Array) => void,
  onTile: (rows: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const width = starts[starts.length - 1]!;
  const step = Math.max(1, Math.floor(TILE / width));
  const distances = new Float64Array(starts.length - 1);
  for (let start = 0; start < space.count; start += step) {
    signal.throwIfAborted();
    const end = Math.min(space.count, start + step);
    const tile = await space.loaded.tile({ start, end }, { start: 0, end: width });
    for (let row = start; row < end; row++) {
      const similarities = tile.subarray((row - start) * width, (row - start + 1) * width);
      for (let label = 0; label < distances.length; label++) {
        distances[label] = nearestDistance(space, row, similarities, starts[label]!, starts[label + 1]!);
      }
      visit(row, distances);
    }
    onTile(end - start);
  }
}

/** The distance of a row to the nearest of the rows `from` … `to` − 1, whose similarities to it are known. */
function nearestDistance(
  space: MetricSpace,
  row: number,
  similarities: Float32Array,
  from: number,
  to: number,
): number {
  const { tolerance } = space.loaded;
  let most = -Infinity;
  for (let at = from; at < to; at++) if (similarities[at]! > most) most = similarities[at]!;
  // The bound is below the distance by what the tolerance is worth: with the tolerance taken away before, it is the distance.
  if (-most > SURE * tolerance) return space.distanceAtLeast(most - tolerance);
  let nearest = Infinity;
  for (let at = from; at < to; at++) {
    if (similarities[at]! >= most - 2 * tolerance) nearest = Math.min(nearest, space.distance(row, at));
  }
  return nearest;
}
