import type { Block, StrategyResult } from './strategyResults.ts';

/** A result of one strategy; the random sets are always the same. */
export const result = (
  strategy: string,
  values: Record<string, number>,
  more: Partial<StrategyResult> = {},
): StrategyResult => ({
  strategy,
  kept: 9,
  removed: 3,
  values,
  random: {
    'nearest kept similarity, mean': { mean: 0.8, sd: 0.05 },
    'track coverage': { mean: 0.9, sd: 0.02 },
    'labels lost': { mean: 0.5, sd: 0.7 },
  },
  lost: new Map(),
  acrossTracks: 0,
  decisions: {},
  ...more,
});

/** Three strategies at one size on one corpus, for tests: one no worse than random, one worse, one refused. */
export const block: Block = {
  corpus: 'birds',
  removedShare: 0.25,
  clips: 12,
  results: [
    result('good', { 'nearest kept similarity, mean': 0.9, 'track coverage': 0.9, 'labels lost': 0 }),
    result(
      'bad',
      { 'nearest kept similarity, mean': 0.71, 'track coverage': 0.85, 'labels lost': 2 },
      {
        lost: new Map([
          ['owl', 1],
          ['wren', 3],
        ]),
        acrossTracks: 2,
        decisions: { kappaAsked: 0.98, kappaUsed: 0.7512, worstPartnerSimilarity: 0.6 },
      },
    ),
    { strategy: 'picky', refused: 'Give more.' },
  ],
};
