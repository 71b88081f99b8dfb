import { DataError } from '@refrain/core';
import { likeliestClasses } from '../metrics/accuracy.ts';
import type { Scores } from '../metrics/averages.ts';
import { fillClipWeights, type GroupResamples } from './groupResamples.ts';
import { type ClassRanking, type RankedClass, rankClass, rankWeighted } from './rankedClass.ts';

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
  const classes = Array.from({ length: scores.cols }, (_, index) => rankedColumn(truth, scores, index));
  const averagePrecisions = new Float64Array(resamples.count + resamples.blockCount);
  const rocAucs = new Float64Array(resamples.count + resamples.blockCount);
  const weights = new Uint16Array(scores.rows).fill(1);
  const observed = macroRanking(classes, weights);
  for (let row = 0; row < rocAucs.length; row++) {
    fillClipWeights(resamples, row, weights);
    const { averagePrecision, rocAuc } = macroRanking(classes, weights);
    averagePrecisions[row] = averagePrecision;
    rocAucs[row] = rocAuc;
  }
  return {
    averagePrecision: metricOf(observed.averagePrecision, averagePrecisions, resamples),
    rocAuc: metricOf(observed.rocAuc, rocAucs, resamples),
  };
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
  const weights = new Uint16Array(scores.rows).fill(1);
  const observed = weightedMean(right, weights);
  const values = new Float64Array(resamples.count + resamples.blockCount);
  for (let row = 0; row < values.length; row++) {
    fillClipWeights(resamples, row, weights);
    values[row] = weightedMean(right, weights);
  }
  return metricOf(observed, values, resamples);
}

function metricOf(observed: number, values: Float64Array, { count }: GroupResamples): ResampledMetric {
  return { observed, resampled: values.subarray(0, count), withoutBlock: values.subarray(count) };
}

function rankedColumn(truth: Uint8Array, { data, rows, cols }: Scores, column: number): RankedClass {
  const columnTruth = new Uint8Array(rows);
  const columnScores = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    columnTruth[row] = truth[row * cols + column]!;
    columnScores[row] = data[row * cols + column]!;
  }
  return rankClass(columnTruth, columnScores);
}

function macroRanking(classes: readonly RankedClass[], weights: Uint16Array): ClassRanking {
  let total = 0;
  for (let clip = 0; clip < weights.length; clip++) total += weights[clip]!;
  const one: ClassRanking = { averagePrecision: 0, rocAuc: 0 };
  const sum: ClassRanking = { averagePrecision: 0, rocAuc: 0 };
  let defined = 0;
  for (const ranked of classes) {
    rankWeighted(ranked, weights, total, one);
    if (Number.isNaN(one.rocAuc)) continue;
    sum.averagePrecision += one.averagePrecision;
    sum.rocAuc += one.rocAuc;
    defined++;
  }
  return { averagePrecision: sum.averagePrecision / defined, rocAuc: sum.rocAuc / defined };
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
