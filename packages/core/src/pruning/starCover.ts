import { onGrid, SIMILARITY_GRID } from '../similarityGrid.ts';

/** Pairs of clips i < j of one cluster, ordered by i, then j; each clip stands for its copies too. */
export interface SimilarPairs {
  readonly i: Uint32Array;
  readonly j: Uint32Array;
  /** On the grid. */
  readonly similarity: Float64Array;
}

/**
 * Which clips are visited first: those with most neighbours, which leaves few leaders; or those that are most similar to their neighbours, on the grid and
 * in the mean. A clip between two pieces has many neighbours, none of them very near: if it came first it would draw both into one group.
 */
export type LeadersFirst = 'most-neighbours' | 'most-similar';

/**
 * The leader of each of `count` clips, itself where nobody leads it. Clips are visited by what comes `first`, descending, then by the other of
 * the two, descending, then by index; a clip without a leader becomes one and takes all its neighbours
 * without a leader that `mayJoin` lets. So every clip is a neighbour of its leader: there are no chains.
 *
 * Aslam, Pelekhov & Rus 2004, "The star clustering algorithm", section 2 (offline star cover; there most neighbours come first).
 */
export function starCover(
  count: number,
  pairs: SimilarPairs,
  first: LeadersFirst,
  mayJoin: (leader: number, clip: number) => boolean,
): Uint32Array {
  const { start, neighbour } = neighbourhoods(count, pairs);
  const leader = Uint32Array.from({ length: count }, (_, clip) => clip);
  const assigned = new Uint8Array(count);
  for (const clip of visitingOrder(start, meanSimilarities(count, pairs), first)) {
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

function visitingOrder(start: Uint32Array, mean: Float64Array, first: LeadersFirst): Uint32Array {
  const more = (a: number, b: number) => start[b + 1]! - start[b]! - (start[a + 1]! - start[a]!);
  const nearer = (a: number, b: number) => mean[b]! - mean[a]!;
  const [one, other] = first === 'most-neighbours' ? [more, nearer] : [nearer, more];
  return Uint32Array.from(mean, (_, clip) => clip).sort((a, b) => one(a, b) || other(a, b) || a - b);
}
