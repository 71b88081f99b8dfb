import { SIMILARITY_GRID } from '@refrain/core';
import { fallingKappas, pairThreshold, thresholdsAt } from '../similarPairs.ts';
import { HIGHEST_KAPPA, sameTrackPairs, TRACK_PRECISION } from '../trackPrecision.ts';
import { type EdgeFacts, type EdgePairs, findEdgePairs, verdict } from './pairs.ts';

/** Bounds of the κ of `theta=tracks`, whatever the noise does. */
export interface TrackKappas {
  /** Undefined where surely no κ is precise enough; 0 where nothing bounds it. */
  readonly low?: number;
  /** Undefined where perhaps none is. */
  readonly high?: number;
}

/** Bounds of the ratio of one pair, up to which κ makes it redundant. */
interface RatioRange {
  /** Whether the pair is of one track. */
  readonly isRight: boolean;
  readonly low: number;
  readonly high: number;
}

/**
 * Bounds of `kappaForTracks` under noise, for clips without open duplicate sets (`EdgeFacts.isSetOpen`).
 *
 * A pair is redundant at each κ up to the ratio of its similarity to its base, and noise moves that ratio within bounds. So it bounds how many
 * right pairs (of one track) and wrong ones are redundant at the ratio of each pair: 95 % of them are right there under any noise if they are
 * with the fewest right and the most wrong ones, and under none if they are not with the most right and the fewest wrong ones.
 */
export async function trackKappas(
  facts: EdgeFacts,
  base: Float64Array,
  tracks: readonly (string | undefined)[],
): Promise<TrackKappas> {
  const known = base.map((value, clip) => (tracks[clip] === undefined ? Infinity : value));
  const mostRight = sameTrackPairs(facts.clips, tracks);
  if (mostRight === 0) return {};
  let pairs: EdgePairs | undefined;
  for (const kappa of fallingKappas(HIGHEST_KAPPA)) {
    const thresholds = thresholdsAt(kappa, known);
    pairs = await findEdgePairs(facts, thresholds);
    // With more pairs surely there than `mostRight` allows, no smaller κ can be precise enough.
    if (countSure(pairs, thresholds) > mostRight / TRACK_PRECISION) break;
  }
  return preciseKappas(ratioRanges(pairs!, known, tracks));
}

/** How many pairs are redundant whatever the noise does. */
function countSure({ i, j, cosine, slack }: EdgePairs, thresholds: Float64Array): number {
  let count = 0;
  for (let pair = 0; pair < i.length; pair++) {
    if (verdict(cosine[pair]!, slack[pair]!, pairThreshold(thresholds, i[pair]!, j[pair]!)) === 'always') count++;
  }
  return count;
}

/** The ratio of each pair's similarity to its base, under noise. */
function ratioRanges(
  { i, j, cosine, slack }: EdgePairs,
  base: Float64Array,
  tracks: readonly (string | undefined)[],
): RatioRange[] {
  return Array.from(i, (clip, pair) => {
    const isRight = tracks[clip] === tracks[j[pair]!];
    const away = slack[pair]! + SIMILARITY_GRID / 2;
    const [least, most] = [cosine[pair]! - away, cosine[pair]! + away];
    const needed = pairThreshold(base, clip, j[pair]!);
    return { isRight, low: least / needed, high: most / needed };
  });
}

/** The least κ that may be precise enough, and the least that surely is: each the ratio of a pair. */
function preciseKappas(ratios: readonly RatioRange[]): TrackKappas {
  const sorted = (isRight: boolean, bound: 'low' | 'high') =>
    Float64Array.from(ratios.filter((one) => one.isRight === isRight).map((one) => one[bound])).sort();
  const right = { low: sorted(true, 'low'), high: sorted(true, 'high') };
  const wrong = { low: sorted(false, 'low'), high: sorted(false, 'high') };
  const isPrecise = (ok: number, others: number) => ok >= TRACK_PRECISION * (ok + others);
  let low: number | undefined;
  let high: number | undefined;
  for (const one of ratios) {
    // The pair itself counts at its own κ.
    const leastRight = countFrom(right.low, one.high) + (one.isRight ? 1 : 0);
    const leastWrong = countFrom(wrong.low, one.high) + (one.isRight ? 0 : 1);
    if (isPrecise(leastRight, countFrom(wrong.high, one.low))) high = Math.min(high ?? Infinity, one.high);
    if (isPrecise(countFrom(right.high, one.low), leastWrong)) low = Math.min(low ?? Infinity, Math.max(0, one.low));
  }
  return { ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
}

/** How many of sorted numbers are at least `from`. */
export function countFrom(ascending: Float64Array, from: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}
