import type { MetricSpace } from './metricSpace.ts';

// Similarities in a tile at most: 16 MiB.
const TILE = 2 ** 22;
// A distance is off by less than one part in 2¹⁴ if its similarity is this many tolerances below that of equal points; nearer ones are computed again.
const SURE = 2 ** 14;

/**
 * Distances of points to the nearest exemplar of each cluster, in tiles of the kernel. The space holds the exemplars first, cluster by
 * cluster, then all other points; `starts` has the row at which each cluster's exemplars start and, last, the number of all exemplars.
 */
export async function forEachExemplarDistances(
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
