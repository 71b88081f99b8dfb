import { type Evaluation, mean, sampleVariance, takeRows } from '@refrain/core';
import {
  compareRuns,
  evaluationOf,
  holmAdjusted,
  type ResampledMetric,
  resampledAccuracy,
  resampledRankings,
  type Scores,
  type TestedClips,
  verdictOf,
  verdictSentence,
} from '@refrain/evaluators';
import { clipsPerClass, type EvaluationTask } from '../evaluate/evaluate.ts';
import type { EvaluatedRow } from './evaluations.ts';
import type { ComparisonRow, Difference, Spread } from './report/report.ts';
import type { ResampledPart } from './testParts.ts';

/** What one evaluation scores on one part of the test split. */
interface MeasuredRun {
  /** Every metric, and those of each class. */
  readonly evaluation: Evaluation;
  /** The metrics that rows are compared by, on the part and on its resamples. */
  readonly resampled: Readonly<Record<string, ResampledMetric>>;
}

/** A row with what it scores on each part. */
interface MeasuredRow extends EvaluatedRow {
  readonly parts: readonly (readonly MeasuredRun[])[];
}

type Against = Record<string, Record<string, Record<string, Difference>>>;

/**
 * What the evaluations show: every row's metrics on every part of the test split, whole split first, and of every strategy the difference to each
 * baseline of its size and to the whole set. p-values are corrected by Holm's method over all rows of a metric, a part and a baseline. Where a
 * metric cannot be resampled, because too few test clips carry a class, `notice` says so and the difference is left out.
 */
export function findings(
  task: EvaluationTask,
  evaluated: readonly EvaluatedRow[],
  parts: readonly ResampledPart[],
  level: number,
  notice: (message: string) => void,
): ComparisonRow[] {
  const rows = evaluated.map((row): MeasuredRow => ({ ...row, parts: parts.map((part) => measure(task, row, part)) }));
  const { compared: names, further } = metricNames(task, evaluated);
  const metrics = [...names, ...further];
  const compared = predicts(evaluated) ? comparisons(rows, parts, names, level, notice) : undefined;
  return rows.map((row) => ({
    strategy: row.set.strategy,
    role: row.set.role,
    asked: row.set.asked,
    kept: row.set.size,
    ...(row.set.unmet && { unmet: row.set.unmet }),
    budget: row.budget,
    ...meanDetail(row, 'epochs'),
    ...meanDetail(row, 'steps'),
    results: Object.fromEntries(parts.map((part, at) => [part.name, spreads(metrics, row.parts[at]!)])),
    ...(row.set.role === 'strategy' && { against: compared?.get(row) ?? {} }),
    perClass: perClassMeans(task, row.parts[0]!),
    positives: positivesOf(task, row),
  }));
}

/** The metrics that rows are compared by and those that are told beside them, micro-averages: of what is predicted, else the evaluator's own. */
export function metricNames(
  { task }: Pick<EvaluationTask, 'task'>,
  evaluated: readonly EvaluatedRow[],
): { readonly compared: readonly string[]; readonly further: readonly string[] } {
  if (!predicts(evaluated)) return { compared: Object.keys(evaluated[0]?.evaluations[0]?.metrics ?? {}), further: [] };
  if (task === 'single-label') return { compared: ['Accuracy'], further: [] };
  return { compared: ['PR-AUC', 'ROC-AUC'], further: ['PR-AUC (micro)', 'ROC-AUC (micro)'] };
}

/** Whether the evaluator predicts anything for the test clips: only then metrics can be resampled, and differences have intervals. */
export function predicts(evaluated: readonly EvaluatedRow[]): boolean {
  return evaluated[0]?.evaluations[0]?.predictions !== undefined;
}

/**
 * What a row scores on one part of the test split, one entry a seed. Where the evaluator predicts nothing these are its own metrics, of the whole test
 * split and without resamples.
 */
function measure(task: EvaluationTask, { evaluations }: EvaluatedRow, part: ResampledPart): MeasuredRun[] {
  const tested = { ...task, test: { labels: Array.from(part.clips, (clip) => task.test.labels[clip]!) } };
  const resample = resampling(tested, part.resamples);
  return evaluations.map(({ predictions, metrics }) => {
    if (predictions === undefined) return { evaluation: { metrics }, resampled: {} };
    const scores = takeRows(predictions, part.clips);
    return { evaluation: evaluationOf(tested, scores), resampled: resample(scores) };
  });
}

function resampling(
  { task, classes, test: { labels } }: TestedClips,
  resamples: ResampledPart['resamples'],
): (scores: Scores) => MeasuredRun['resampled'] {
  if (task === 'single-label') {
    const only = labels.map(([label]) => label!);
    return (scores) => ({ Accuracy: resampledAccuracy(only, scores, resamples) });
  }
  const truth = new Uint8Array(labels.length * classes.length);
  for (const [row, own] of labels.entries()) for (const label of own) truth[row * classes.length + label] = 1;
  return (scores) => {
    const { averagePrecision, rocAuc } = resampledRankings(truth, scores, resamples);
    return { 'PR-AUC': averagePrecision, 'ROC-AUC': rocAuc };
  };
}

/** The mean of a detail over the seeds, where the evaluator counts it. */
function meanDetail<K extends 'epochs' | 'steps'>({ evaluations }: EvaluatedRow, key: K): { [P in K]?: number } {
  const values = evaluations.map(({ details }) => details[key]);
  return values.every((value) => typeof value === 'number') ? ({ [key]: mean(values) } as { [P in K]?: number }) : {};
}

function spreads(metrics: readonly string[], runs: readonly MeasuredRun[]): Record<string, Spread> {
  return Object.fromEntries(
    metrics.map((metric) => [
      metric,
      spread(runs.map(({ resampled, evaluation }) => resampled[metric]?.observed ?? evaluation.metrics[metric]!)),
    ]),
  );
}

function comparisons(
  rows: readonly MeasuredRow[],
  parts: readonly ResampledPart[],
  metrics: readonly string[],
  level: number,
  notice: (message: string) => void,
): Map<MeasuredRow, Against> {
  const against = new Map(rows.map((row): [MeasuredRow, Against] => [row, {}]));
  const baselines = new Set(rows.filter(({ set }) => set.role !== 'strategy').map(({ set }) => set.strategy));
  for (const baseline of baselines) {
    for (const [part, { name }] of parts.entries()) {
      for (const metric of metrics) {
        const refuse = (why: string) => notice(`${metric} on ${name} has no interval: ${why}`);
        for (const [row, difference] of differences(rows, { baseline, part, metric, level }, refuse)) {
          const all = against.get(row)!;
          all[baseline] ??= {};
          all[baseline][name] ??= {};
          all[baseline][name][metric] = difference;
        }
      }
    }
  }
  return against;
}

/**
 * Of all rows that have a baseline of that name (of their size and budget, or the whole set), the difference to it by one metric on one part, an
 * index: these are corrected together.
 */
function differences(
  rows: readonly MeasuredRow[],
  by: { readonly baseline: string; readonly part: number; readonly metric: string; readonly level: number },
  refuse: (why: string) => void,
): (readonly [MeasuredRow, Difference])[] {
  const { baseline, part, metric, level } = by;
  const runsOf = ({ parts }: MeasuredRow) => parts[part]!.map(({ resampled }) => resampled[metric]!);
  const found = rows.flatMap((row) => {
    const other = rows.find((one) => isBaselineOf(one, row, baseline));
    if (row.set.role !== 'strategy' || other === undefined) return [];
    try {
      return [{ row, comparison: compareRuns(runsOf(other), runsOf(row), level) }];
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  const adjusted = holmAdjusted(found.map(({ comparison }) => comparison.pValue));
  const words = baseline === 'whole set' ? 'the whole set' : `${baseline} sets of the same size`;
  return found.map(({ row, comparison }, i) => {
    const { difference, standardError, degreesOfFreedom, interval, pValue, testGroupsAlone } = comparison;
    const told = { metric, comparison, adjustedPValue: adjusted[i]!, comparisons: found.length };
    const alone = { interval: testGroupsAlone.interval, pValue: testGroupsAlone.pValue };
    return [
      row,
      {
        ...{ difference, standardError, degreesOfFreedom, interval, pValue, adjustedPValue: adjusted[i]! },
        verdict: verdictOf(told, level),
        sentence: verdictSentence(told, { level, baseline: words }),
        ...(alone.interval.every(Number.isFinite) && { testGroupsAlone: alone }),
      },
    ];
  });
}

function isBaselineOf(one: MeasuredRow, row: MeasuredRow, name: string): boolean {
  if (one.set.strategy !== name || one.set.role === 'strategy') return false;
  return one.set.role === 'whole' || (one.set.size === row.set.size && one.budget === row.budget);
}

function spread(figures: readonly number[]): Spread {
  const values = figures.map((figure) => (Number.isFinite(figure) ? figure : null));
  const known = values.filter((value) => value !== null);
  return {
    mean: known.length === 0 ? null : mean(known),
    sd: known.length < 2 ? null : Math.sqrt(sampleVariance(known)),
    values,
  };
}

function perClassMeans({ classes }: EvaluationTask, runs: readonly MeasuredRun[]): ComparisonRow['perClass'] {
  const perSeed = runs.flatMap(({ evaluation: { perClass } }) => (perClass === undefined ? [] : [perClass]));
  return Object.fromEntries(
    Object.keys(perSeed[0] ?? {}).map((metric) => [
      metric,
      classes.map((_, index) => {
        const value = mean(perSeed.map((values) => values[metric]![index]!));
        return Number.isNaN(value) ? null : value;
      }),
    ]),
  );
}

function positivesOf({ train, classes }: EvaluationTask, { set: { keep } }: EvaluatedRow): number[] {
  const perSeed = keep.map((clips) =>
    clipsPerClass(
      Array.from(clips, (clip) => train.labels[clip]!),
      classes,
    ),
  );
  return classes.map((_, label) => mean(perSeed.map((counts) => counts[label]!)));
}
