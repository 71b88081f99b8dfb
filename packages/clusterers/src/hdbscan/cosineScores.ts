import type { ScoreCount, ScoreCounts } from '@refrain/core';
import type { Cosines } from './metricSpace.ts';

/** Scores of cosines as those of a kernel's similarities, with room for what these are off: pairs a little below `least` are listed too. */
export function scoresOfSimilarities(
  { score, least, ...count }: ScoreCount,
  { perSimilarity, error }: Cosines,
): ScoreCount {
  const { scale, offset } = score;
  const mostAway = 2 * error * scale.reduce((most, value) => Math.max(most, value), 0);
  return {
    ...count,
    least: least - mostAway,
    score: { scale: scale.map((value) => value * perSimilarity), offset: offset.map((value, i) => value - scale[i]!) },
  };
}

/** What was found for them, its pairs with their cosines. */
export function withCosines({ counts, pairs }: ScoreCounts, { perSimilarity }: Cosines): ScoreCounts {
  if (pairs === undefined) return { counts };
  return { counts, pairs: { ...pairs, similarity: pairs.similarity.map((value) => 1 + perSimilarity * value) } };
}
