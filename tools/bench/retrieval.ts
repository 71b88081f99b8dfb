/** How well similarities find the clips of one track again. */
export interface Retrieval {
  /** Share of the clips with another of their track whose nearest neighbour is of their track. */
  readonly nearest: number;
  /** The chance that a pair of one track is more alike than another pair, ties counted half. */
  readonly auc: number;
  /** Average precision over all pairs. */
  readonly averagePrecision: number;
  /** The greatest recall at which the precision is 0.9 or more. */
  readonly recallAt90: number;
}

/** A pair of clips i < j. */
interface Pair {
  readonly i: number;
  readonly j: number;
  readonly similarity: number;
}

/** Measures similarities, n × n row-major and symmetric, against the tracks of the n clips. NaN where no pair is of one track. */
export function retrieval(similarities: Float64Array, tracks: readonly string[]): Retrieval {
  const pairs = rankedPairs(similarities, tracks.length);
  const isHit = ({ i, j }: Pair) => tracks[i] === tracks[j];
  const total = pairs.filter(isHit).length;
  let [hits, precisions, recallAt90, wins] = [0, 0, 0, 0];
  for (let start = 0; start < pairs.length; ) {
    // Pairs that are equally alike stand at one threshold: none comes before another.
    let end = start;
    while (end < pairs.length && pairs[end]!.similarity === pairs[start]!.similarity) end++;
    const found = pairs.slice(start, end).filter(isHit).length;
    hits += found;
    const precision = hits / end;
    precisions += found * precision;
    if (precision >= 0.9) recallAt90 = hits / total;
    const misses = end - start - found;
    wins += misses * (hits - found + found / 2);
    start = end;
  }
  return {
    nearest: nearestShare(similarities, tracks),
    auc: wins / (total * (pairs.length - total)),
    averagePrecision: precisions / total,
    recallAt90: total === 0 ? Number.NaN : recallAt90,
  };
}

/**
 * Of `count` clips that go first, the share whose partner is of their track: from the most similar pair on the second clip goes, unless one of the two has
 * gone or it stands for others.
 */
export function purityOfRemovals(similarities: Float64Array, tracks: readonly string[], count: number): number {
  const gone = new Set<number>();
  const standing = new Set<number>();
  let pure = 0;
  for (const { i, j } of rankedPairs(similarities, tracks.length)) {
    if (gone.size === count) break;
    if (gone.has(i) || gone.has(j) || standing.has(j)) continue;
    gone.add(j);
    standing.add(i);
    if (tracks[i] === tracks[j]) pure++;
  }
  return pure / gone.size;
}

/** The S-norm of cosines: how many standard deviations a pair stands above what each of its clips has with all clips, mean of the two. */
export function sNorm(similarities: Float64Array, n: number): Float64Array {
  const stats = Array.from({ length: n }, (_, i) => {
    const row = similarities.subarray(i * n, (i + 1) * n);
    const mean = row.reduce((sum, value) => sum + value, 0) / n;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    return { mean, sd: Math.sqrt(variance) };
  });
  const above = (value: number, clip: number) => (value - stats[clip]!.mean) / stats[clip]!.sd;
  return similarities.map((value, at) => (above(value, Math.floor(at / n)) + above(value, at % n)) / 2);
}

/** Most similar first. */
function rankedPairs(similarities: Float64Array, n: number): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) pairs.push({ i, j, similarity: similarities[i * n + j]! });
  return pairs.sort((a, b) => b.similarity - a.similarity);
}

function nearestShare(similarities: Float64Array, tracks: readonly string[]): number {
  const n = tracks.length;
  const counts = new Map<string, number>();
  for (const track of tracks) counts.set(track, (counts.get(track) ?? 0) + 1);
  let [asked, found] = [0, 0];
  for (const [i, track] of tracks.entries()) {
    if (counts.get(track) === 1) continue;
    let best = -1;
    for (let j = 0; j < n; j++) {
      if (j !== i && (best < 0 || similarities[i * n + j]! > similarities[i * n + best]!)) best = j;
    }
    asked++;
    if (tracks[best] === track) found++;
  }
  return found / asked;
}
