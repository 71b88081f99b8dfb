import { DataError, mean, quantile, sampleVariance, studentHalfWidth, studentPValue } from '@refrain/core';
import type { ResampledMetric } from './resamples.ts';

/** The difference of a metric, b − a. */
export interface PairedComparison {
  /** The mean over the seeds, on the test set as it is. */
  readonly difference: number;
  /** Of that mean, over train sets, heads and test groups. 0 where nothing varies. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** Lower and upper end. */
  readonly interval: readonly [number, number];
  /** Two-sided, of no difference. */
  readonly pValue: number;
  readonly differencePerSeed: readonly number[];
  /** What resampling the test groups alone says: of these very runs, not of others drawn in the same way. */
  readonly testGroupsAlone: ResampledSummary;
}

/** What the resampled differences come to. */
export interface ResampledSummary {
  readonly interval: readonly [number, number];
  readonly pValue: number;
}

/**
 * Whether runs of kind b score higher than runs of kind a, with an interval of the given `level` for runs and test groups not seen. Run i of `a`
 * and run i of `b` share a seed, and all share the resamples. What is the same in all runs of a kind, such as a pruned set that does not depend
 * on the seed, is what the answer is about.
 *
 * Runs differ by the train set drawn and by the head's seed, test sets by the groups that happen to be in them; a comparison that leaves one
 * of them out is too sure of itself (Bouthillier et al., "Accounting for variance in machine learning benchmarks", 2021). Seeds cross groups:
 * d(seed, group) = difference + seed + group + rest. So the variance of the mean over S seeds has two parts, as for two-way clusters (Cameron,
 * Gelbach & Miller, "Robust inference with multiway clustering", 2011): that between seeds / S, which holds the rest, and that between groups
 * which all seeds share, not below 0. For a metric that is a mean over groups it is the variance of the random effects by analysis of variance.
 * The interval is Student's, with Satterthwaite's degrees of freedom (1946), and has the difference in its middle.
 *
 * The part of the groups is a jackknife's: the bootstrap makes average precision vary too little, as clips repeat. Resampling seeds and groups
 * at once (Owen, "The pigeonhole bootstrap", 2007) counts the rest three times, and its percentiles are too narrow for ten seeds.
 *
 * Throws a DataError when there are fewer than two seeds, a run has no partner, or the metric is undefined on the test set or without one of
 * its blocks.
 */
export function compareRuns(
  a: readonly ResampledMetric[],
  b: readonly ResampledMetric[],
  level = 0.95,
): PairedComparison {
  checkPairs(a, b);
  const differencePerSeed = a.map((run, seed) => b[seed]!.observed - run.observed);
  const difference = mean(differencePerSeed);
  const betweenSeeds = sampleVariance(differencePerSeed) / a.length;
  const withoutBlock = a.map((run, seed) => subtract(b[seed]!.withoutBlock, run.withoutBlock));
  const betweenGroups = sharedGroupVariance(withoutBlock);
  const standardError = Math.sqrt(betweenSeeds + betweenGroups);
  const degreesOfFreedom = satterthwaite([betweenSeeds, a.length - 1], [betweenGroups, withoutBlock[0]!.length - 1]);
  const halfWidth = studentHalfWidth(level, degreesOfFreedom) * standardError;
  const resampled = meanOverSeeds(a.map((run, seed) => subtract(b[seed]!.resampled, run.resampled)));
  return {
    difference,
    standardError,
    degreesOfFreedom,
    interval: [difference - halfWidth, difference + halfWidth],
    pValue: difference === 0 ? 1 : studentPValue(difference / standardError, degreesOfFreedom),
    differencePerSeed,
    // The metric is undefined on a resample for all runs or for none: they share the truth.
    testGroupsAlone: summarizeResampled(
      resampled.filter((value) => !Number.isNaN(value)),
      level,
    ),
  };
}

/**
 * The percentile interval of resampled differences, and the two-sided p-value of none: 2 · min(1 + #{≤ 0}, 1 + #{≥ 0}) / (R + 1), at most 1
 * (Davison & Hinkley 1997, section 4.2). It reaches no lower than 2 / (R + 1).
 */
export function summarizeResampled(differences: Float64Array, level = 0.95): ResampledSummary {
  const ascending = differences.slice().sort();
  const notAbove = ascending.filter((value) => value <= 0).length;
  const notBelow = ascending.filter((value) => value >= 0).length;
  return {
    interval: [quantile(ascending, (1 - level) / 2), quantile(ascending, (1 + level) / 2)],
    pValue: Math.min(1, (2 * (1 + Math.min(notAbove, notBelow))) / (ascending.length + 1)),
  };
}

// The jackknife variance of the mean over seeds, less what the seeds' own disagreement on the groups adds to it. Of B blocks each value is
// one of (B − 1) / B of the groups, hence the factor (Efron & Stein 1981).
function sharedGroupVariance(withoutBlock: readonly Float64Array[]): number {
  const means = meanOverSeeds(withoutBlock);
  const disagreement = mean(withoutBlock.map((values) => sampleVariance(subtract(values, means))));
  const shared = sampleVariance(means) - disagreement / (withoutBlock.length - 1);
  return (Math.max(0, shared) * (means.length - 1) ** 2) / means.length;
}

function meanOverSeeds(values: readonly Float64Array[]): Float64Array {
  return values[0]!.map((_, i) => mean(values.map((ofSeed) => ofSeed[i]!)));
}

function subtract(values: Float64Array, others: Float64Array): Float64Array {
  return values.map((value, i) => value - others[i]!);
}

function satterthwaite(...parts: readonly [variance: number, degrees: number][]): number {
  const total = parts.reduce((sum, [part]) => sum + part, 0);
  // Where nothing varies every share is 0 / 0; any number of degrees gives the same interval then.
  if (total === 0) return parts[0]![1];
  return 1 / parts.reduce((sum, [part, degrees]) => sum + (part / total) ** 2 / degrees, 0);
}

function checkPairs(a: readonly ResampledMetric[], b: readonly ResampledMetric[]): void {
  if (a.length !== b.length || a.length < 2) {
    throw new DataError(
      'runs',
      `Expected as many runs of both kinds, one per seed and at least two, got ${a.length} and ${b.length}.`,
    );
  }
  const runs = [...a, ...b];
  const shapes = new Set(runs.map(({ resampled, withoutBlock }) => `${resampled.length} and ${withoutBlock.length}`));
  if (shapes.size > 1) {
    throw new DataError('runs', `The runs have ${[...shapes].join(', ')} samples: use the same resamples for all.`);
  }
  if (runs.some(({ observed, withoutBlock }) => Number.isNaN(observed) || withoutBlock.some(Number.isNaN))) {
    throw new DataError(
      'test set',
      'The metric is undefined on the test set, or without one of its blocks of groups: no class, or too few groups, have positives and negatives.',
    );
  }
}

/**
 * Adjusted p-values, in the order given: rejecting those at or below α keeps the probability of even one false rejection at α or below,
 * whatever the dependence between the tests. The k-th smallest of m is multiplied by m − k + 1; none is below one before it, or above 1
 * (Holm, "A simple sequentially rejective multiple test procedure", 1979). Throws a DataError on what is not a probability.
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    const p = pValues[index]!;
    if (!(p >= 0 && p <= 1))
      throw new DataError('p-values', `p-value ${index} is ${p}, expected a number from 0 to 1.`);
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
