import {
  numberOption,
  type PruneInput,
  type Pruning,
  type PruningRule,
  type Removal,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';

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

/** What a strategy works with. */
export interface Workplace {
  readonly kernel: SimilarityKernel;
  readonly signal: AbortSignal;
}

/** Removed clips, ascending, the rule that proves them (by default none), and what is to be said of them in metadata.json. */
export interface Removals {
  readonly removed: readonly Removal[];
  readonly rule?: PruningRule;
  readonly decisions?: Pruning['decisions'];
}

/** A strategy that ranks clips. */
export interface RankingStrategy {
  readonly name: string;
  rank(input: PruneInput, workplace: Workplace): Ranking | Promise<Ranking>;
  /** Proves removals where the strategy can; by default all but copies are `unsupported`. */
  remove?(input: PruneInput, isKept: Uint8Array, workplace: Workplace, ranking: Ranking): Promise<Removals>;
}

/** The order of rising scores, ties by lower index; clips marked in `fixed` come before all others. */
export function orderByScore(score: Float64Array, fixed: Uint8Array = new Uint8Array(score.length)): Uint32Array {
  return Uint32Array.from(score.keys()).sort((a, b) => {
    if (fixed[a] !== fixed[b]) return fixed[b]! - fixed[a]!;
    // Not a difference of scores: two of −Infinity would give NaN.
    return score[a] === score[b] ? a - b : score[a]! < score[b]! ? -1 : 1;
  });
}

/** The share that a strategy of an exact size keeps. */
export const fractionOption = numberOption((schema) => schema.gt(0).max(1))
  .default(0.5)
  .describe('share of the clips to keep where `keep` is not given; more keeps more');

/** What happens to clips outside all clusters. */
export const noiseOption = z
  .enum(['prune', 'keep'])
  .default('prune')
  .describe('treat clips outside all clusters as one more cluster, or keep them all');

/** The clusters that a strategy works on, by their first clip, and the clips it leaves alone. */
export interface ClustersToPrune {
  /** Clips of each cluster, ascending; none is empty. */
  readonly clusters: readonly Uint32Array[];
  /** 1 for clips that are kept whatever they resemble: noise that is kept, and clips too short to be compared. */
  readonly fixed: Uint8Array;
  /** How many those are, and why they stay. */
  readonly least: { readonly count: number; readonly why: string };
}

/** Every cluster; noise is one more of them, or is left alone. Clips too short to be compared are left alone. */
export function clustersToPrune(
  { clustering: { labels }, excluded }: Pick<PruneInput, 'clustering' | 'excluded'>,
  noise: 'prune' | 'keep',
): ClustersToPrune {
  const fixed = Uint8Array.from(labels, (label, clip) => ((label < 0 && noise === 'keep') || excluded?.[clip] ? 1 : 0));
  const clusters = Array.from(clustersOf(labels).values(), (members) => members.filter((clip) => !fixed[clip]));
  const count = fixed.reduce((sum, one) => sum + one, 0);
  const why = ['noise is kept (noise=keep)', ...(excluded ? ['clips too short to be compared stay'] : [])].join(', ');
  return { clusters: clusters.filter((members) => members.length > 0), fixed, least: { count, why } };
}
