import { DataError, parseOptions, type z } from '@refrain/core';
import { barePoints, clusterFromTree, type HdbscanResult } from './clusterFromTree.ts';
import { hierarchyOptions } from './options.ts';
import { singleLinkageTree } from './singleLinkageTree.ts';
import type { SpanningTree } from './spanningTree.ts';

/**
 * HDBSCAN* of points known only by their distances: `distances` is row-major count × count, symmetric, 0 on the diagonal.
 * Takes time in count² and no memory beside the matrix. Clusters of one parent and one size are numbered by their lowest points, as there are no
 * coordinates to tell them apart: with `canonical` ties the order of points has a say in numbers only.
 * Throws a ConfigError for an option out of range and a DataError for a matrix that is not one of distances.
 */
export function clusterFromDistances(
  distances: Float64Array,
  count: number,
  options: z.input<typeof hierarchyOptions> = {},
): HdbscanResult {
  const parsed = parseOptions(hierarchyOptions, options, 'hdbscan');
  checkDistances(distances, count);
  if (count < 2) return clusterFromTree(barePoints(count === 0 ? 0 : 1), parsed);
  const minSamples = Math.min(count - 1, parsed.minSamples);
  const core = denseCoreDistances(distances, count, minSamples);
  const edges = denseSpanningTree(distances, count, core, parsed.alpha);
  return { ...clusterFromTree(singleLinkageTree(edges, count), parsed), coreDistances: core };
}

function checkDistances(distances: Float64Array, count: number): void {
  if (distances.length !== count * count) {
    throw new DataError('distances', `Expected ${count} × ${count} distances, got ${distances.length} numbers.`);
  }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      const [there, back] = [distances[i * count + j]!, distances[j * count + i]!];
      if (there >= 0 && there === back && (i !== j || there === 0)) continue;
      throw new DataError(
        'distances',
        `Expected distances ≥ 0, the same both ways and 0 to itself; from ${i} to ${j} it is ${there}, back ${back}.`,
      );
    }
  }
}

/** Distance of each point to its minSamples-th nearest neighbour, itself not counted. */
function denseCoreDistances(distances: Float64Array, count: number, minSamples: number): Float64Array {
  // The point itself sorts first, at distance 0.
  return Float64Array.from(
    { length: count },
    (_, i) => distances.slice(i * count, (i + 1) * count).sort()[minSamples]!,
  );
}

/** A minimum spanning tree under mutual reachability by Prim's algorithm (1957): the point nearest to the tree joins it, ties by index. */
function denseSpanningTree(distances: Float64Array, count: number, core: Float64Array, alpha: number): SpanningTree {
  const tree = {
    from: new Int32Array(count - 1),
    to: new Int32Array(count - 1),
    weights: new Float64Array(count - 1),
  };
  const reached = new Float64Array(count).fill(Infinity);
  const via = new Int32Array(count);
  const isInTree = new Uint8Array(count);
  for (let edge = 0, last = 0; edge < count - 1; edge++) {
    isInTree[last] = 1;
    let nearest = -1;
    for (let j = 0; j < count; j++) {
      if (isInTree[j] === 1) continue;
      const weight = Math.max(core[last]!, core[j]!, distances[last * count + j]! / alpha);
      if (weight < reached[j]!) {
        reached[j] = weight;
        via[j] = last;
      }
      if (nearest < 0 || reached[j]! < reached[nearest]!) nearest = j;
    }
    tree.from[edge] = via[nearest]!;
    tree.to[edge] = nearest;
    tree.weights[edge] = reached[nearest]!;
    last = nearest;
  }
  return tree;
}
