import type { Evaluation, EvaluationInput } from '@refrain/core';
import {
  evaluationOf,
  type ResampledMetric,
  resampledAccuracy,
  resampledRankings,
  type Scores,
} from '@refrain/evaluators';
import type { EvaluatedRow } from './evaluations.ts';
import type { ResampledPart } from './testParts.ts';

/** What is learned, and what it is tested on. */
export type Task = Omit<EvaluationInput, 'keep' | 'random'>;

/** The metrics of a task that rows are compared by, in the order of tables. */
export function metricsOf({ task }: Pick<Task, 'task'>): readonly string[] {
  return task === 'single-label' ? ['Accuracy'] : ['PR-AUC', 'ROC-AUC'];
}

/** Further metrics, which are told but not compared: micro-averages. */
export function furtherMetricsOf({ task }: Pick<Task, 'task'>): readonly string[] {
  return task === 'single-label' ? [] : metricsOf({ task }).map((metric) => `${metric} (micro)`);
}

/** What one evaluation scores on one part of the test split. */
export interface MeasuredRun {
  /** Every metric, and those of each class. */
  readonly evaluation: Evaluation;
  /** The metrics that rows are compared by, on the part and on its resamples. */
  readonly resampled: Readonly<Record<string, ResampledMetric>>;
}

/**
 * What a row scores on one part of the test split, one entry a seed. Where the evaluator predicts nothing these are its own metrics, of the whole test
 * split and without resamples.
 */
export function measure(task: Task, { evaluations }: EvaluatedRow, { clips, resamples }: ResampledPart): MeasuredRun[] {
  const tested = { ...task, test: { labels: Array.from(clips, (clip) => task.test.labels[clip]!) } };
  const resample =
    task.task === 'single-label' ? resampledClasses(tested, resamples) : resampledLabels(tested, resamples);
  return evaluations.map(({ predictions, metrics }) => {
    if (predictions === undefined) return { evaluation: { metrics }, resampled: {} };
    const scores = rowsOf(predictions, clips);
    return { evaluation: evaluationOf(tested, scores), resampled: resample(scores) };
  });
}

type Tested = Pick<Task, 'classes'> & { readonly test: Pick<Task['test'], 'labels'> };
type Resample = (scores: Scores) => MeasuredRun['resampled'];

function resampledClasses({ test }: Tested, resamples: ResampledPart['resamples']): Resample {
  const truth = test.labels.map(([label]) => label!);
  return (scores) => ({ Accuracy: resampledAccuracy(truth, scores, resamples) });
}

function resampledLabels({ test, classes }: Tested, resamples: ResampledPart['resamples']): Resample {
  const truth = new Uint8Array(test.labels.length * classes.length);
  for (const [row, labels] of test.labels.entries())
    for (const label of labels) truth[row * classes.length + label] = 1;
  return (scores) => {
    const { averagePrecision, rocAuc } = resampledRankings(truth, scores, resamples);
    return { 'PR-AUC': averagePrecision, 'ROC-AUC': rocAuc };
  };
}

function rowsOf({ data, rows, cols }: Scores, clips: Uint32Array): Scores {
  if (clips.length === rows) return { data, rows, cols };
  const some = new Float64Array(clips.length * cols);
  for (const [row, clip] of clips.entries()) some.set(data.subarray(clip * cols, (clip + 1) * cols), row * cols);
  return { data: some, rows: clips.length, cols };
}
