import { type LoadedPoints, SIMILARITY_GRID } from '@refrain/core';
import type { SimilarPairs } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import { baseRule, findSimilarPairs, type PairRule, pairsReaching } from './similarPairs.ts';

/** How much a rule asks of a pair: κ, and τ where it looks at scores. */
export interface Strength {
  readonly kappa: number;
  readonly tau?: number;
}

/** Whole numbers to falling strengths: each lower one asks less of every pair, or as much. */
export interface Ladder {
  /** The first step that asks no less than the rule does. */
  readonly top: number;
  /** Steps at which a search looks for pairs, falling, down to 0: what there is to hold grows steeply, so a search must not overshoot far. */
  readonly stops: readonly number[];
  at(step: number): Strength;
  rule(strength: Strength): PairRule;
}

/** From which similarity clips are redundant. */
export interface ThresholdRule {
  readonly name: 's-norm' | 'reliability' | 'threshold' | 'fdr' | 'tracks';
  readonly asked: Strength;
  rule(strength: Strength): PairRule;
  /** How a wanted size is sought; absent where no strength would bring a pair. */
  readonly ladder?: Ladder;
  /** Pairs that were found on the way: all that reach any strength with at least this τ. */
  readonly known?: { readonly pairs: SimilarPairs; readonly tau: number };
  /** What the rule found out, for metadata.json. */
  readonly decisions: Readonly<Record<string, number | string>>;
  /** Sentences for the user. */
  readonly notices: readonly string[];
}

/** Steps of κ, and of τ, from 0 to 1: they are sought as finely as similarities are told apart. */
export const STEPS_PER_ONE = Math.round(1 / SIMILARITY_GRID);

/** The κ that are looked at beside the one used, as multiples of it, falling; of the τ where κ is 0. */
export const STEPS = [1.04, 1.02, 1, 0.98, 0.96, 0.94, 0.92, 0.9] as const;

/** The values from `from` down to 0 at which a search stops, 2 % of `from` apart. */
export function fallingValues(from: number): number[] {
  return Array.from({ length: 50 }, (_, step) => from * (1 - (step + 1) / 50));
}

/**
 * The rule κ·max(base_i, base_j), and the search for a lower κ by `lowered`, the base of each clip then. +Infinity is redundant with nothing but its
 * copies.
 */
export function ruleOfBase(
  kappa: number,
  base: Float64Array,
  lowered: Float64Array,
): Pick<ThresholdRule, 'asked' | 'rule' | 'ladder'> {
  const ladder = {
    top: Math.ceil(kappa * STEPS_PER_ONE),
    stops: fallingValues(kappa).map((value) => Math.floor(value * STEPS_PER_ONE)),
    at: (step: number) => ({ kappa: step / STEPS_PER_ONE }),
    rule: ({ kappa }: Strength) => baseRule(kappa, lowered),
  };
  const moves = lowered.some((value) => value > 0 && value < Infinity);
  return {
    asked: { kappa },
    rule: (strength) => baseRule(strength.kappa, base),
    ...(moves && { ladder }),
  };
}

/** The pairs that reach a rule at a strength, from those that are known already where they hold all of them. */
export async function pairsAt(
  thresholds: Pick<ThresholdRule, 'rule' | 'known'>,
  strength: Strength,
  clips: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<SimilarPairs> {
  const rule = thresholds.rule(strength);
  return isKnown(thresholds, strength)
    ? pairsReaching(thresholds.known!.pairs, rule, clips.scope)
    : findSimilarPairs(clips, points, rule, signal);
}

/** Whether finding the pairs at a strength takes no search. */
export function isKnown({ known }: Pick<ThresholdRule, 'known'>, { tau }: Strength): boolean {
  return known !== undefined && tau !== undefined && tau >= known.tau;
}
