import { onGrid, type PruningAt, type Removal } from '@refrain/core';
import { worstPartner, worstScore } from '@refrain/core/pruning';
import { type SweepPoint, sweepText } from '@refrain/pruned-dataset';
import type { PrunedSource } from '../prune/prunedSource.ts';
import type { PruneOutcome } from '../prune/pruneSpace.ts';
import type { TrainSource } from '../source/source.ts';

/** The t that are looked at beside the one that was taken. */
const SWEPT = Array.from({ length: 21 }, (_, step) => step / 20);

/** sweep.tsv: what other t, and other strengths of the rule, would keep and lose. Undefined where the strategy cannot say. */
export function sweepTable({ source, outcome }: Pick<PrunedSource, 'source' | 'outcome'>): string | undefined {
  const lostOf = lossesOf(source);
  const overT = overTargets(outcome, lostOf);
  const overTheta = overStrengths(outcome, lostOf);
  return overT.length + overTheta.length === 0 ? undefined : sweepText({ overT, overTheta });
}

type Losses = (keep: ArrayLike<number>) => Pick<SweepPoint, 'kept' | 'labelsLost' | 'tracksLost'>;

function overTargets(outcome: PruneOutcome, lostOf: Losses): SweepPoint[] {
  const { sweep, rule, decisions } = outcome;
  const taken = decisions.t;
  if (sweep === undefined || typeof taken !== 'number') return [];
  const values = [...new Set([...SWEPT, taken])].sort((a, b) => a - b);
  return Array.from(sweep(values), (at: PruningAt): SweepPoint => {
    // Rules and a wanted size may have made of the one that was taken something else.
    const { keep, removed } = at.t === taken ? outcome : at;
    return {
      value: at.t,
      ...lostOf(keep),
      ...{ worstSimilarity: worstPartnerOf(removed), worstZ: finite(onGrid(worstScore(rule, removed))) },
      ...{ jsd: at.divergenceAfter, jsdBefore: at.divergenceBefore, isTaken: at.t === taken },
    };
  });
}

function overStrengths({ alternatives = [], decisions }: PruneOutcome, lostOf: Losses): SweepPoint[] {
  const points = alternatives.map(({ kappa, tau, theta, keep, worstPartnerSimilarity }): SweepPoint => {
    const isSameTau = tau === undefined || (tau < Infinity ? tau : 'none') === decisions.tauUsed;
    return {
      value: theta,
      ...lostOf(keep),
      ...{ worstSimilarity: worstPartnerSimilarity ?? null, worstZ: null, jsd: null, jsdBefore: null },
      isTaken: kappa === decisions.kappaUsed && isSameTau,
    };
  });
  return points.sort((a, b) => a.value - b.value);
}

function worstPartnerOf(removed: readonly Removal[]): number | null {
  return finite(worstPartner(removed));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** What a kept set of clips loses: the labels and tracks that it has no clip of. */
function lossesOf({ clips }: TrainSource): Losses {
  const count = (some: Iterable<TrainSource['clips'][number]>) => {
    const labels = new Set<string>();
    const tracks = new Set<string>();
    for (const { labels: own, groups } of some) {
      for (const label of own) labels.add(label);
      if (groups?.track !== undefined) tracks.add(groups.track);
    }
    return { labels: labels.size, tracks: tracks.size };
  };
  const all = count(clips);
  return (keep) => {
    const left = count(Array.from(keep, (index) => clips[index]!));
    return {
      kept: keep.length,
      labelsLost: all.labels - left.labels,
      tracksLost: all.tracks === 0 ? null : all.tracks - left.tracks,
    };
  };
}
