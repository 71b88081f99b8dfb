import { onGrid, SIMILARITY_GRID } from '../pruner.ts';

/** Pairs of clips i < j of one cluster, ordered by i, then j; each clip stands for its copies too. */
export interface SimilarPairs {
  readonly i: Uint32Array;
  readonly j: Uint32Array;
  /** On the grid. */
  readonly similarity: Float64Array;
}

/**
 * The leader of each of `count` clips, itself where nobody leads it. Clips are visited by mean similarity to their neighbours (on the grid),
 * descending, then by number of neighbours, descending, then by index: a clip between two pieces has many neighbours, none of them very near, and would
 * draw both into one group if it came first. A clip without a leader becomes one and takes all its neighbours
 * without a leader that `mayJoin` lets. So every clip is a neighbour of its leader: there are no chains.
 *
 * Aslam, Pelekhov & Rus 2004, "The star clustering algorithm", section 2 (offline star cover; there the number of neighbours comes first).
 */
export function starCover(
  count: number,
  pairs: SimilarPairs,
  mayJoin: (leader: number, clip: number) => boolean,
): Uint32Array {
  const { start, neighbour } = neighbourhoods(count, pairs);
  const leader = Uint32Array.from({ length: count }, (_, clip) => clip);
  const assigned = new Uint8Array(count);
  for (const clip of visitingOrder(start, meanSimilarities(count, pairs))) {
    if (assigned[clip]) continue;
    assigned[clip] = 1;
    for (let at = start[clip]!; at < start[clip + 1]!; at++) {
      const other = neighbour[at]!;
      if (assigned[other] || !mayJoin(clip, other)) continue;
      assigned[other] = 1;
      leader[other] = clip;
    }
  }
  return leader;
}

/** The neighbours of clip c are `neighbour[start[c] … start[c+1])`, ascending. */
function neighbourhoods(count: number, { i, j }: SimilarPairs): { start: Uint32Array; neighbour: Uint32Array } {
  const start = new Uint32Array(count + 1);
  for (let pair = 0; pair < i.length; pair++) {
    start[i[pair]! + 1]!++;
    start[j[pair]! + 1]!++;
  }
  for (let clip = 0; clip < count; clip++) start[clip + 1]! += start[clip]!;
  const end = start.slice(0, count);
  const neighbour = new Uint32Array(2 * i.length);
  for (let pair = 0; pair < i.length; pair++) {
    neighbour[end[i[pair]!]!++] = j[pair]!;
    neighbour[end[j[pair]!]!++] = i[pair]!;
  }
  return { start, neighbour };
}

function meanSimilarities(count: number, { i, j, similarity }: SimilarPairs): Float64Array {
  const steps = new Float64Array(count);
  const pairsOf = new Uint32Array(count);
  for (let pair = 0; pair < i.length; pair++) {
    // Whole grid steps add up exactly, in any order.
    const step = Math.round(similarity[pair]! / SIMILARITY_GRID);
    for (const clip of [i[pair]!, j[pair]!]) {
      steps[clip]! += step;
      pairsOf[clip]!++;
    }
  }
  return steps.map((sum, clip) => (pairsOf[clip] === 0 ? 0 : onGrid((sum / pairsOf[clip]!) * SIMILARITY_GRID)));
}

function visitingOrder(start: Uint32Array, mean: Float64Array): Uint32Array {
  const neighbours = (clip: number) => start[clip + 1]! - start[clip]!;
  return Uint32Array.from(mean, (_, clip) => clip).sort(
    (a, b) => mean[b]! - mean[a]! || neighbours(b) - neighbours(a) || a - b,
  );
}
