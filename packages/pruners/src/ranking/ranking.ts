import { numberOption, z } from '@refrain/core';

/** In which order a strategy keeps clips. Every number of clips to keep is a prefix of it, so kept sets are nested. */
export interface Ranking {
  /** All clips, the one that stays longest first. */
  readonly order: Uint32Array;
  /** How many of them the strategy's own option keeps. */
  readonly own: number;
  /** How many of the first must not go, whatever is wanted, and why, as the end of a sentence. Absent where any may. */
  readonly least?: { readonly count: number; readonly why: string };
  /** How similar each clip is to what it would go for, on the grid, where the strategy removes by that. */
  readonly similarity?: Float64Array;
  /** For metadata.json: the options as they took effect. */
  readonly decisions: Readonly<Record<string, number | string>>;
}

/** The share that a strategy of an exact size keeps. */
export const fractionOption = numberOption((schema) => schema.gt(0).max(1))
  .default(0.5)
  .describe('share of the clips to keep where --keep is not given; more keeps more');

/** What happens to clips outside all clusters. */
export const noiseOption = z
  .enum(['prune', 'keep'])
  .default('prune')
  .describe('treat clips outside all clusters as one more cluster, or keep them all');

/** The order of rising scores, ties by lower index; clips marked in `fixed` come before all others. */
export function orderByScore(score: Float64Array, fixed: Uint8Array = new Uint8Array(score.length)): Uint32Array {
  return Uint32Array.from(score.keys()).sort((a, b) => {
    if (fixed[a] !== fixed[b]) return fixed[b]! - fixed[a]!;
    // Not a difference of scores: two of −Infinity would give NaN.
    return score[a] === score[b] ? a - b : score[a]! < score[b]! ? -1 : 1;
  });
}
