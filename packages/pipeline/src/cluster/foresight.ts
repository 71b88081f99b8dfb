import type { Foreseen, Pairs, ScoreCount, ScoreCounts } from '@refrain/core';

/** What a strategy foresaw of the clips that it will choose from. */
export interface Foresight {
  readonly foreseen: Foreseen;
  /** Index in the space of each clip that it will choose from, ascending. */
  readonly indices: Uint32Array;
}

/** The scores that are asked for, by the row of each of `clips`; those of which none are asked for have none. */
export function scoresOfRows(clips: Uint32Array, { foreseen, indices }: Foresight, count: number): ScoreCount {
  const placeOf = new Int32Array(count).fill(-1);
  for (const place of foreseen.among) placeOf[indices[place]!] = place;
  const { scale, offset } = foreseen.count.score;
  const byRow = (values: Float64Array, otherwise: number) =>
    Float64Array.from(clips, (clip) => (placeOf[clip]! < 0 ? otherwise : values[placeOf[clip]!]!));
  return { ...foreseen.count, score: { scale: byRow(scale, 0), offset: byRow(offset, Infinity) } };
}

/** The foresight with the scores that were found by the rows of `clips`. Where copies went, a row may be of another clip than the one that stays. */
export function knownScores(
  clips: Uint32Array,
  { foreseen, indices }: Foresight,
  found: ScoreCounts | undefined,
): Foresight {
  if (found === undefined) return { foreseen, indices };
  const placeOf = new Map(Array.from(foreseen.among, (place) => [indices[place]!, place]));
  const placeOfRow = Int32Array.from(clips, (clip) => placeOf.get(clip) ?? -1);
  const among = Uint32Array.from(placeOfRow.filter((place) => place >= 0));
  const counts = found.counts.slice();
  // Pairs with a row that has no score were counted as low ones.
  const higher = counts.subarray(1).reduce((sum, pairs) => sum + pairs, 0);
  counts[0] = (among.length * (among.length - 1)) / 2 - higher;
  const pairs = found.pairs && byPlace(found.pairs, placeOfRow);
  return { indices, foreseen: { ...foreseen, known: { among, counts, ...(pairs && { pairs }) } } };
}

/** Both ascend, so the pairs stay in order. */
function byPlace({ i, j, similarity }: Pairs, placeOfRow: Int32Array): Pairs {
  const placed = (rows: Uint32Array) => rows.map((row) => placeOfRow[row]!);
  return { i: placed(i), j: placed(j), similarity };
}
