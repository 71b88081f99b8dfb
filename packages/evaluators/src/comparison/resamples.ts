import { DataError, type Random, shuffled } from '@refrain/core';
import { columnsOf, likeliestClasses, macroAverage, type Scores } from '../metrics/metrics.ts';
import { rankClass, rankWeighted } from '../metrics/ranking.ts';

/**
 * Resamples of test clips, drawn once and used for every run, so that differences between runs are paired. Whole groups are drawn, because
 * clips of one track are not independent of each other.
 */
export interface GroupResamples {
  /** The group of each test clip, 0 … `groupCount` − 1. */
  readonly groupOfClip: Uint32Array;
  readonly groupCount: number;
  /** How many bootstrap resamples there are. */
  readonly count: number;
  /** Into how many blocks the groups are dealt for the jackknife: every group its own, or 200 of many. */
  readonly blockCount: number;
  /** How often each group is in each sample, `(count + blockCount) × groupCount`, row-major: the resamples, then all groups without each block. */
  readonly draws: Uint16Array;
}

// The variance that they give is uncertain by √(2 / 199), its root by 5 %: little beside the nine degrees of freedom of ten seeds.
const MOST_BLOCKS = 200;

/**
 * `count` ≥ 1 resamples of the groups, with replacement and each as large in groups as the original (Efron 1979; the groups as the unit: Davison
 * & Hinkley 1997, section 3.8); and the groups without each of up to 200 blocks, which are random where there are more groups, for a jackknife
 * (Shao & Tu 1995, section 2.3). `groups` names the group of each test clip, e.g. its track or artist; a clip without one is its own group.
 * Throws a DataError when there are fewer than two groups.
 */
export function drawGroupResamples(
  groups: readonly (string | undefined)[],
  count: number,
  random: Random,
): GroupResamples {
  const { groupOfClip, groupCount } = numberGroups(groups);
  if (groupCount < 2) {
    throw new DataError(
      'test groups',
      `Expected at least two groups of test clips to resample, got ${groupCount}: use finer groups, such as tracks.`,
    );
  }
  const blockCount = Math.min(groupCount, MOST_BLOCKS);
  const draws = new Uint16Array((count + blockCount) * groupCount);
  for (let resample = 0; resample < count; resample++) {
    const row = draws.subarray(resample * groupCount, (resample + 1) * groupCount);
    for (let i = 0; i < groupCount; i++) row[random.integer(groupCount)]!++;
  }
  draws.fill(1, count * groupCount);
  for (const [place, group] of shuffled(random, groupCount).entries()) {
    draws[(count + (place % blockCount)) * groupCount + group] = 0;
  }
  return { groupOfClip, groupCount, count, blockCount, draws };
}

/** Writes into `weights`, one entry a test clip, how often each clip is in the sample of a row of `draws`; returns their sum. */
export function fillClipWeights(resamples: GroupResamples, row: number, weights: Uint16Array): number {
  const { groupOfClip, groupCount, draws } = resamples;
  const start = row * groupCount;
  let total = 0;
  for (let clip = 0; clip < weights.length; clip++) {
    const weight = draws[start + groupOfClip[clip]!]!;
    weights[clip] = weight;
    total += weight;
  }
  return total;
}

function numberGroups(groups: readonly (string | undefined)[]): { groupOfClip: Uint32Array; groupCount: number } {
  const numbers = new Map<string, number>();
  let groupCount = 0;
  const groupOfClip = Uint32Array.from(groups, (group) => {
    if (group === undefined) return groupCount++;
    const known = numbers.get(group);
    if (known !== undefined) return known;
    numbers.set(group, groupCount);
    return groupCount++;
  });
  return { groupOfClip, groupCount };
}

/** A metric of one run on the test set and on its resamples. */
export interface ResampledMetric {
  /** On the test set as it is; NaN where the metric is undefined. */
  readonly observed: number;
  /** One value a resample; NaN where the metric is undefined there. */
  readonly resampled: Float64Array;
  /** One value a block of test groups, without that block; NaN where the metric is undefined there. */
  readonly withoutBlock: Float64Array;
}

/** The ranking metrics of one run, macro-averaged. */
export interface ResampledRankings {
  readonly averagePrecision: ResampledMetric;
  readonly rocAuc: ResampledMetric;
}

/**
 * Macro average precision (PR-AUC) and macro ROC-AUC of one run on every sample. `truth` is 0/1 in the layout of `scores`, test clips ×
 * classes. Classes that all or none of a sample's clips have are left out of that sample's mean. Each class is sorted once, and each sample
 * is one pass over it. Throws a DataError on another layout and on scores that are not finite.
 */
export function resampledRankings(truth: Uint8Array, scores: Scores, resamples: GroupResamples): ResampledRankings {
  checkClips(scores, resamples);
  if (truth.length !== scores.data.length) {
    throw new DataError('truth', `Expected ${scores.data.length} labels, one a score, got ${truth.length}.`);
  }
  const classes = columnsOf(truth, scores, rankClass);
  const [averagePrecision, rocAuc] = onEverySample(resamples, (weights, total) => {
    const rankings = classes.map((ranked) => rankWeighted(ranked, weights, total));
    return [
      macroAverage(rankings.map((ranking) => ranking.averagePrecision)).value,
      macroAverage(rankings.map((ranking) => ranking.rocAuc)).value,
    ];
  });
  return { averagePrecision: averagePrecision!, rocAuc: rocAuc! };
}

/**
 * The accuracy of one run on every sample. `truth` is the class of each test clip; the prediction is the greatest score of its row, the
 * first one on ties. Throws a DataError when the number of clips differs.
 */
export function resampledAccuracy(
  truth: ArrayLike<number>,
  scores: Scores,
  resamples: GroupResamples,
): ResampledMetric {
  checkClips(scores, resamples);
  if (truth.length !== scores.rows) {
    throw new DataError('truth', `Expected ${scores.rows} labels, one a test clip, got ${truth.length}.`);
  }
  const predicted = likeliestClasses(scores);
  const right = predicted.map((label, clip) => (label === truth[clip] ? 1 : 0));
  return onEverySample(resamples, (weights) => [weightedMean(right, weights)])[0]!;
}

/** Metrics on the test set as it is and on every sample, from how often each test clip is in it. */
function onEverySample(
  resamples: GroupResamples,
  metrics: (weights: Uint16Array, total: number) => readonly number[],
): ResampledMetric[] {
  const { groupOfClip, count, blockCount } = resamples;
  const weights = new Uint16Array(groupOfClip.length).fill(1);
  const observed = metrics(weights, weights.length);
  const values = observed.map(() => new Float64Array(count + blockCount));
  for (let row = 0; row < count + blockCount; row++) {
    const total = fillClipWeights(resamples, row, weights);
    const found = metrics(weights, total);
    for (let metric = 0; metric < found.length; metric++) values[metric]![row] = found[metric]!;
  }
  return values.map((ofMetric, metric) => ({
    observed: observed[metric]!,
    resampled: ofMetric.subarray(0, count),
    withoutBlock: ofMetric.subarray(count),
  }));
}

function weightedMean(values: Uint32Array, weights: Uint16Array): number {
  let sum = 0;
  let total = 0;
  for (let clip = 0; clip < values.length; clip++) {
    sum += values[clip]! * weights[clip]!;
    total += weights[clip]!;
  }
  return sum / total;
}

function checkClips({ data, rows, cols }: Scores, { groupOfClip }: GroupResamples): void {
  if (rows === groupOfClip.length && data.length === rows * cols) return;
  throw new DataError(
    'scores',
    `Expected scores of ${groupOfClip.length} test clips, one row each, got ${rows} × ${cols} with ${data.length} numbers.`,
  );
}
