import { type LoadedPoints, type Random, type Reduction, seededRandom } from '@refrain/core';
import { emptyPairs, type PairList, pushPair, sortedPairs } from '@refrain/core/reductions';
import { type KnownPairs, knownPairs } from './knownPairs.ts';

// With one more round a seventh of the products, and few pairs less, at 20,000 points.
const ROUNDS = 2;
// A cell has to hold the nearest points of most of its own, and where it holds too many they take too long. Products of few take longer than their share.
const LEAST_IN_CELL = 128;
const LEAST_TIMES_SAMPLES = 4;
const MOST_TIMES_MEAN = 4;
// Of the points that others are compared with, the nearest and one more, so that cells hang together.
const NEAREST_CENTRES = 2;

/**
 * Pairs of near points that hold all points together, minSamples of each point at least: by products of about n^1.5 pairs, so not all near ones. Twice
 * some √n points are drawn, the others go to the nearest of them, and the nearest of each point are sought among those that went to the same.
 */
export async function nearbyPairs(
  loaded: LoadedPoints,
  minSamples: number,
  { signal, onProgress }: Reduction,
): Promise<KnownPairs> {
  const { count } = loaded;
  const aborted = signal && { signal };
  const random = seededRandom('cells');
  const list = emptyPairs();
  const fewest = Math.max(LEAST_IN_CELL, LEAST_TIMES_SAMPLES * minSamples);
  const cells = Math.max(1, Math.floor(Math.min(Math.sqrt(count), count / fewest)));
  const rounds = cells === 1 ? 1 : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    const centres = drawn(random, count, cells);
    const nearest = await loaded.nearest({ k: NEAREST_CENTRES, among: centres, ...aborted });
    pushLists(list, nearest.indices, nearest.similarities, NEAREST_CENTRES);
    const centreOf = new Int32Array(count).fill(-1);
    for (let centre = 0; centre < cells; centre++) centreOf[centres[centre]!] = centre;
    const cell = centreOf.map((own, point) => (own < 0 ? centreOf[nearest.indices[point * NEAREST_CENTRES]!]! : own));
    const groups = balanced(cell, cells, minSamples + 1, Math.ceil((MOST_TIMES_MEAN * count) / cells));
    const within = await loaded.nearest({ k: minSamples, groups, ...aborted });
    pushLists(list, within.indices, within.similarities, minSamples);
    onProgress?.((round + 1) / rounds);
    if (round > 0) continue;
    // Each point has a pair with a centre, so with those of all centres none is left alone.
    const among = centreOf.map((own) => (own < 0 ? -1 : 0));
    const { i, j, similarity } = await loaded.pairsAbove({
      floor: new Float32Array(count).fill(-Infinity),
      groups: among,
      ...aborted,
    });
    for (let pair = 0; pair < i.length; pair++) pushPair(list, i[pair]!, j[pair]!, similarity[pair]!);
  }
  return knownPairs(sortedPairs(list, count));
}

/** Different points, in the order they were drawn. */
function drawn(random: Random, total: number, count: number): Uint32Array {
  const points = new Set<number>();
  while (points.size < count) points.add(random.integer(total));
  return Uint32Array.from(points);
}

function pushLists(list: PairList, indices: Int32Array, similarities: Float32Array, k: number): void {
  for (let point = 0, at = 0; at < indices.length; point++) {
    for (const end = at + k; at < end; at++) {
      if (indices[at]! >= 0) pushPair(list, point, indices[at]!, similarities[at]!);
    }
  }
}

/** The group of each point: its cell, or, where that has fewer than `fewest` points, several of them, or, where it has more than `most`, a part of it. */
function balanced(cell: Int32Array, cells: number, fewest: number, most: number): Int32Array {
  const sizes = new Int32Array(cells);
  for (const own of cell) sizes[own]! += 1;
  const firstGroup = new Int32Array(cells);
  const parts = new Int32Array(cells);
  let [group, size] = [0, 0];
  for (let own = 0; own < cells; own++) {
    firstGroup[own] = group;
    parts[own] = Math.max(1, Math.floor(sizes[own]! / Math.max(fewest, most)));
    size += sizes[own]!;
    if (size < fewest) continue;
    group += parts[own]!;
    size = 0;
  }
  // What is left at the end goes to the group before.
  const last = size > 0 && group > 0 ? group - 1 : group;
  const met = new Int32Array(cells);
  return cell.map((own) => Math.min(last, firstGroup[own]! + (met[own]!++ % parts[own]!)));
}
