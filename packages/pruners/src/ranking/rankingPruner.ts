import {
  type ClusterPruning,
  type Host,
  type PruneInput,
  type Pruner,
  type Pruning,
  type PruningRule,
  quietHost,
  type Removal,
  type SimilarityKernel,
} from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';
import { checkInput } from '../checkInput.ts';
import { removalsByNearest } from './nearestKept.ts';
import type { Ranking } from './ranking.ts';
import { wantedCount } from './wantedCount.ts';

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

/**
 * A pruner that keeps a prefix of the strategy's ranking: `keepFraction` of the clips, rounded half up, or what the strategy's own option says.
 * Rejects with a DataError that names the clip for bad input, with a ConfigError when no clip or fewer than must stay would be kept.
 */
export function rankingPruner(strategy: RankingStrategy, kernel: SimilarityKernel, host: Host = quietHost()): Pruner {
  const workplace = { kernel, signal: host.signal };
  return {
    name: strategy.name,
    async prune(input) {
      checkInput(input);
      const count = input.ids.length;
      const ranking = await strategy.rank(input, workplace);
      const keep = ranking.order.slice(0, wantedCount(input, ranking)).sort();
      const isKept = new Uint8Array(count);
      for (const clip of keep) isKept[clip] = 1;
      const { removed, rule, decisions }: Removals = (await strategy.remove?.(input, isKept, workplace, ranking)) ?? {
        removed: await removalsByNearest(input, isKept, kernel, host.signal),
      };
      return {
        keep,
        removed,
        clusters: reportClusters(input, isKept),
        group: new Int32Array(count).fill(-1),
        decisions: { ...ranking.decisions, ...decisions },
        rule: rule ?? { kind: 'none' },
      };
    },
  };
}

function reportClusters({ clustering }: PruneInput, isKept: Uint8Array): ClusterPruning[] {
  const reports = Array.from(clustersOf(clustering.labels), ([label, members]) => ({
    label,
    size: members.length,
    groups: 0,
    kept: members.filter((clip) => isKept[clip]).length,
    divergenceBefore: 0,
    divergenceAfter: 0,
  }));
  return reports.sort((a, b) => a.label - b.label);
}
