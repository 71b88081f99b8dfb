import type { PairScore } from '../kernel.ts';
import type { ScoreRule } from '../pruner.ts';
import { onGrid, SIMILARITY_GRID } from '../similarityGrid.ts';
import type { CosineMoments } from './moments.ts';

/**
 * How far a similarity stands above what each of two clips has with all others, in standard deviations: the mean of both clips' standard scores,
 * the S-norm (Shum, Dehak, Dehak & Glass 2010, "Unsupervised speaker adaptation based on the cosine similarity for text-independent speaker
 * verification"). NaN for a clip without a mean.
 */
export function scoreOf({ means, deviations }: CosineMoments, i: number, j: number, similarity: number): number {
  return ((similarity - means[i]!) / deviations[i]! + (similarity - means[j]!) / deviations[j]!) / 2;
}

/** The score as a kernel computes it; clips without a mean have a score of −Infinity. */
export function linearScore({ means, deviations }: CosineMoments): PairScore {
  return {
    scale: deviations.map((deviation) => 0.5 / deviation),
    offset: means.map((mean, i) => (0.5 * mean) / deviations[i]!),
  };
}

/** The similarity at which two clips have a score, on the grid and at least as high. */
function similarityAt({ means, deviations }: CosineMoments, i: number, j: number, score: number): number {
  const a = 1 / deviations[i]!;
  const b = 1 / deviations[j]!;
  const exact = (2 * score + means[i]! * a + means[j]! * b) / (a + b);
  // A similarity on the grid whose score was taken for the threshold reaches it.
  return Math.ceil(exact / SIMILARITY_GRID - 1e-6) / Math.round(1 / SIMILARITY_GRID);
}

function shareOfReliability({ reliability, kappa }: ScoreRule, i: number, j: number): number {
  return reliability === undefined || kappa === 0
    ? -Infinity
    : onGrid(kappa * Math.max(reliability[i]!, reliability[j]!));
}

/** The lowest similarity with which a pair reaches the rule. */
export function neededByScore(rule: ScoreRule, i: number, j: number): number {
  if (rule.tau === Infinity || rule.means[i] === Infinity || rule.means[j] === Infinity) return Infinity;
  return Math.max(shareOfReliability(rule, i, j), similarityAt(rule, i, j, rule.tau));
}
