import type { LoadedPoints } from '@refrain/core';
import type { SimilarPairs } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import { fallingKappas, findSimilarPairs, pairThreshold, thresholdsAt } from './similarPairs.ts';

/** Where the search for κ starts: few pairs are more alike than their clips are to themselves. */
const HIGHEST_KAPPA = 1;

/** The share of redundant pairs that must come from one track. */
export const TRACK_PRECISION = 0.95;

/**
 * The smallest κ such that, of the pairs with s_ij ≥ κ·max(base_i, base_j) inside clusters, at least 95 % are of one track; undefined when
 * none is. Copies count once, clips of unknown track not at all.
 */
export async function kappaForTracks(
  clips: Clips,
  points: LoadedPoints,
  base: Float64Array,
  tracks: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const known = base.map((value, clip) => (tracks[clip] === undefined ? Infinity : value));
  // At most this many pairs can be right: with more pairs than that allows, no smaller κ can be precise enough.
  const mostPairs = sameTrackPairs(clips, tracks) / TRACK_PRECISION;
  if (mostPairs === 0) return undefined;
  let pairs: SimilarPairs | undefined;
  for (const kappa of fallingKappas(HIGHEST_KAPPA)) {
    pairs = await findSimilarPairs(clips, points, thresholdsAt(kappa, known), signal);
    if (pairs.i.length > mostPairs) break;
  }
  return smallestPrecise(pairs!, base, tracks);
}

/** How many pairs of representatives inside clusters are of one known track. */
function sameTrackPairs(clips: Clips, tracks: readonly (string | undefined)[]): number {
  const seen = new Map<string, number>();
  let pairs = 0;
  for (const [clip, track] of tracks.entries()) {
    if (track === undefined || clips.clusterOf[clip]! < 0 || clips.representative[clip] !== clip) continue;
    const key = `${clips.clusterOf[clip]} ${track}`;
    const before = seen.get(key) ?? 0;
    pairs += before;
    seen.set(key, before + 1);
  }
  return pairs;
}

function smallestPrecise(
  { i, j, similarity }: SimilarPairs,
  base: Float64Array,
  tracks: readonly (string | undefined)[],
): number | undefined {
  const ratio = similarity.map((value, pair) => value / pairThreshold(base, i[pair]!, j[pair]!));
  const descending = Uint32Array.from(ratio, (_, pair) => pair).sort((a, b) => ratio[b]! - ratio[a]!);
  let right = 0;
  let smallest: number | undefined;
  for (const [place, pair] of descending.entries()) {
    if (tracks[i[pair]!] === tracks[j[pair]!]) right++;
    const isLastOfTies = ratio[descending[place + 1]!] !== ratio[pair];
    if (isLastOfTies && right >= TRACK_PRECISION * (place + 1)) smallest = ratio[pair]!;
  }
  return smallest;
}
