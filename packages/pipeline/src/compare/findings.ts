import { mean, sampleVariance } from '@refrain/core';
import { compareRuns, holmAdjusted, type PairedComparison, verdictOf, verdictSentence } from '@refrain/evaluators';
import type { EvaluatedRow } from './evaluations.ts';
import { furtherMetricsOf, type MeasuredRun, measure, metricsOf, type Task } from './measure.ts';
import type { ComparisonRow, Difference, Spread } from './report/report.ts';
import type { ResampledPart } from './testParts.ts';

/** A row with what it scores on each part. */
interface MeasuredRow extends EvaluatedRow {
  readonly parts: readonly (readonly MeasuredRun[])[];
}

/**
 * What the evaluations show: every row's metrics on every part of the test split, whole split first, and of every strategy the difference to each
 * baseline of its size and to the whole set. p-values are corrected by Holm's method over all rows of a metric, a part and a baseline. Where a
 * metric cannot be resampled, because too few test clips carry a class, `notice` says so and the difference is left out.
 */
export function findings(
  task: Task,
  evaluated: readonly EvaluatedRow[],
  parts: readonly ResampledPart[],
  level: number,
  notice: (message: string) => void,
): ComparisonRow[] {
  const rows = evaluated.map((row): MeasuredRow => ({ ...row, parts: parts.map((part) => measure(task, row, part)) }));
  const { compared: names, further } = metricNames(task, evaluated);
  const metrics = [...names, ...further];
  const compared = predicts(evaluated)
    ? comparisons(task, rows, parts, level, notice)
    : new Map<MeasuredRow, Against>();
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
    ...(row.set.role === 'strategy' && { against: compared.get(row) ?? {} }),
    perClass: perClassMeans(task, row.parts[0]!),
    positives: positivesOf(task, row),
  }));
}

/** The metrics that rows are compared by and those that are told beside them: of what is predicted, else the evaluator's own. */
export function metricNames(
  task: Pick<Task, 'task'>,
  evaluated: readonly EvaluatedRow[],
): { readonly compared: readonly string[]; readonly further: readonly string[] } {
  if (predicts(evaluated)) return { compared: metricsOf(task), further: furtherMetricsOf(task) };
  return { compared: Object.keys(evaluated[0]?.evaluations[0]?.metrics ?? {}), further: [] };
}

/** Whether the evaluator predicts anything for the test clips: only then metrics can be resampled, and differences have intervals. */
export function predicts(evaluated: readonly EvaluatedRow[]): boolean {
  return evaluated[0]?.evaluations[0]?.predictions !== undefined;
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

type Against = NonNullable<ComparisonRow['against']>;

function comparisons(
  task: Task,
  rows: readonly MeasuredRow[],
  parts: readonly ResampledPart[],
  level: number,
  notice: (message: string) => void,
): Map<MeasuredRow, Against> {
  const against = new Map<MeasuredRow, Record<string, Record<string, Record<string, Difference>>>>();
  const baselines = new Set(rows.filter(({ set }) => set.role !== 'strategy').map(({ set }) => set.strategy));
  for (const baseline of baselines) {
    for (const [at, { name }] of parts.entries()) {
      for (const metric of metricsOf(task)) {
        const refuse = (why: string) => notice(`${metric} on ${name} has no interval: ${why}`);
        for (const [row, difference] of differences(rows, { baseline, part: at, metric, level }, refuse)) {
          const all = against.get(row) ?? {};
          against.set(row, all);
          all[baseline] ??= {};
          all[baseline][name] ??= {};
          all[baseline][name][metric] = difference;
        }
      }
    }
  }
  return against;
}

/** Comparisons that are corrected together: all rows with the baseline of their size, by one metric on one part. */
interface Family {
  readonly baseline: string;
  /** Its index. */
  readonly part: number;
  readonly metric: string;
  readonly level: number;
}

function differences(
  rows: readonly MeasuredRow[],
  family: Family,
  refuse: (why: string) => void,
): [MeasuredRow, Difference][] {
  const runsOf = ({ parts }: MeasuredRow) => parts[family.part]!.map(({ resampled }) => resampled[family.metric]!);
  const found = rows.flatMap((row) => {
    const other = rows.find((one) => isBaselineOf(one, row, family.baseline));
    if (row.set.role !== 'strategy' || other === undefined) return [];
    try {
      return [{ row, comparison: compareRuns(runsOf(other), runsOf(row), family.level) }];
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  const adjusted = holmAdjusted(found.map(({ comparison }) => comparison.pValue));
  return found.map(({ row, comparison }, i) => [row, differenceOf(family, comparison, adjusted[i]!, found.length)]);
}

/** Whether a row is the baseline of that name that a strategy's row is compared with: of its size and its budget, or the whole set. */
function isBaselineOf(one: MeasuredRow, row: MeasuredRow, name: string): boolean {
  if (one.set.strategy !== name || one.set.role === 'strategy') return false;
  return one.set.role === 'whole' || (one.set.size === row.set.size && one.budget === row.budget);
}

function differenceOf(
  { metric, level, baseline }: Family,
  comparison: PairedComparison,
  adjustedPValue: number,
  comparisons: number,
): Difference {
  const row = { metric, comparison, adjustedPValue, comparisons };
  const words = baseline === 'whole set' ? 'the whole set' : `${baseline} sets of the same size`;
  const { interval, pValue } = comparison.testGroupsAlone;
  return {
    difference: comparison.difference,
    standardError: comparison.standardError,
    degreesOfFreedom: comparison.degreesOfFreedom,
    interval: [comparison.interval[0], comparison.interval[1]],
    pValue: comparison.pValue,
    adjustedPValue,
    verdict: verdictOf(row, level),
    sentence: verdictSentence(row, { level, baseline: words }),
    ...(interval.every(Number.isFinite) && { testGroupsAlone: { interval: [interval[0], interval[1]], pValue } }),
  };
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

function perClassMeans({ classes }: Task, runs: readonly MeasuredRun[]): ComparisonRow['perClass'] {
  const perSeed = runs.flatMap(({ evaluation: { perClass } }) => (perClass === undefined ? [] : [perClass]));
  if (perSeed.length === 0) return {};
  const metrics = Object.keys(perSeed[0]!);
  return Object.fromEntries(
    metrics.map((metric) => [
      metric,
      classes.map((_, index) => {
        const value = mean(perSeed.map((values) => values[metric]![index]!));
        return Number.isNaN(value) ? null : value;
      }),
    ]),
  );
}

function positivesOf({ train, classes }: Task, { set: { keep } }: EvaluatedRow): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const clips of keep) for (const clip of clips) for (const label of train.labels[clip]!) counts[label]!++;
  return counts.map((count) => count / keep.length);
}
