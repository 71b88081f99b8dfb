import type { EvaluationInput } from '@refrain/core';
import {
  compareRuns,
  evaluationOf,
  holmAdjusted,
  type PairedComparison,
  type ResampledMetric,
  resampledAccuracy,
  resampledRankings,
  type Scores,
  verdictOf,
  verdictSentence,
} from '@refrain/evaluators';
import type { ComparisonRow, Difference, Spread } from '../../folder/comparison/report.ts';
import type { ProbedRow } from './probes.ts';
import type { ResampledPart } from './testParts.ts';

type Task = Omit<EvaluationInput, 'keep' | 'random'>;

/** The metrics of a task, in the order of tables. */
export function metricsOf({ task }: Pick<Task, 'task'>): readonly string[] {
  return task === 'single-label' ? ['Accuracy'] : ['PR-AUC', 'ROC-AUC'];
}

/** Further metrics, which are told but not compared: micro-averages. */
export function furtherMetricsOf({ task }: Pick<Task, 'task'>): readonly string[] {
  return task === 'single-label' ? [] : metricsOf({ task }).map((metric) => `${metric} (micro)`);
}

/** The runs of one row on one part: by metric, one a seed. */
type Measured = Readonly<Record<string, readonly ResampledMetric[]>>;

/** What each row scores on each part. */
interface MeasuredRow extends ProbedRow {
  readonly parts: readonly Measured[];
}

/**
 * What the probes show: every row's metrics on every part of the test split, and of every strategy the difference to each baseline of its size
 * and to the whole set. p-values are corrected by Holm's method over all rows of a metric, a part and a baseline. Where a metric cannot be resampled, because
 * too few test clips carry a class, `notice` says so and the difference is left out.
 */
export function findings(
  task: Task,
  probed: readonly ProbedRow[],
  parts: readonly ResampledPart[],
  level: number,
  notice: (message: string) => void,
): ComparisonRow[] {
  const rows = probed.map((row): MeasuredRow => ({ ...row, parts: parts.map((part) => measure(task, row, part)) }));
  const compared = comparisons(task, rows, parts, level, notice);
  return rows.map((row) => ({
    strategy: row.set.strategy,
    role: row.set.role,
    asked: row.set.asked,
    kept: row.set.size,
    budget: row.budget,
    epochs: mean(row.probes.map(({ epochs }) => epochs)),
    steps: mean(row.probes.map(({ steps }) => steps)),
    results: Object.fromEntries(
      parts.map((part, at) => [
        part.name,
        { ...comparedSpreads(task, row.parts[at]!), ...furtherSpreads(task, row, part) },
      ]),
    ),
    ...(row.set.role === 'strategy' && { against: compared.get(row) ?? {} }),
    perClass: perClassMeans(task, row),
    positives: positivesOf(task, row),
  }));
}

function comparedSpreads(task: Task, measured: Measured): Record<string, Spread> {
  const spreadOf = (metric: string) => spread(measured[metric]!.map(({ observed }) => observed));
  return Object.fromEntries(metricsOf(task).map((metric) => [metric, spreadOf(metric)]));
}

function furtherSpreads(task: Task, { probes }: ProbedRow, { clips }: ResampledPart): Record<string, Spread> {
  const further = furtherMetricsOf(task);
  if (further.length === 0) return {};
  const tested = { ...task, test: { labels: Array.from(clips, (clip) => task.test.labels[clip]!) } };
  const runs = probes.map(({ probabilities }) => evaluationOf(tested, rowsOf(probabilities, clips)).metrics);
  return Object.fromEntries(further.map((metric) => [metric, spread(runs.map((metrics) => metrics[metric]!))]));
}

function measure(task: Task, { probes }: ProbedRow, { clips, resamples }: ResampledPart): Measured {
  const classes = task.classes.length;
  const measured: Record<string, ResampledMetric[]> = Object.fromEntries(metricsOf(task).map((metric) => [metric, []]));
  for (const { probabilities } of probes) {
    const scores = rowsOf(probabilities, clips);
    if (task.task === 'single-label') {
      const truth = Array.from(clips, (clip) => task.test.labels[clip]![0]!);
      measured.Accuracy!.push(resampledAccuracy(truth, scores, resamples));
      continue;
    }
    const truth = new Uint8Array(clips.length * classes);
    for (const [row, clip] of clips.entries())
      for (const label of task.test.labels[clip]!) truth[row * classes + label] = 1;
    const { averagePrecision: pr, rocAuc: roc } = resampledRankings(truth, scores, resamples);
    measured['PR-AUC']!.push(pr);
    measured['ROC-AUC']!.push(roc);
  }
  return measured;
}

type Against = NonNullable<ComparisonRow['against']>;

interface Compared {
  readonly row: MeasuredRow;
  readonly comparison: PairedComparison;
}

function comparisons(
  task: Task,
  rows: readonly MeasuredRow[],
  parts: readonly ResampledPart[],
  level: number,
  notice: (message: string) => void,
): Map<MeasuredRow, Against> {
  const against = new Map<MeasuredRow, Record<string, Record<string, Record<string, Difference>>>>();
  const strategies = rows.filter(({ set }) => set.role === 'strategy');
  const names = new Set(rows.filter(({ set }) => set.role !== 'strategy').map(({ set }) => set.strategy));
  for (const baseline of names) {
    for (const [at, part] of parts.entries()) {
      for (const metric of metricsOf(task)) {
        const found = strategies.flatMap((row): Compared[] => {
          const other = rows.find((one) => isBaselineOf(one, row, baseline));
          if (other === undefined) return [];
          const comparison = compare(other.parts[at]![metric]!, row.parts[at]![metric]!, level, (why) =>
            notice(`${metric} on ${part.name} has no interval: ${why}`),
          );
          return comparison === undefined ? [] : [{ row, comparison }];
        });
        const adjusted = holmAdjusted(found.map(({ comparison }) => comparison.pValue));
        for (const [i, { row, comparison }] of found.entries()) {
          const all = against.get(row) ?? {};
          against.set(row, all);
          all[baseline] ??= {};
          all[baseline][part.name] ??= {};
          all[baseline][part.name]![metric] = differenceOf(
            metric,
            comparison,
            adjusted[i]!,
            found.length,
            level,
            baseline,
          );
        }
      }
    }
  }
  return against;
}

/** Whether a row is the baseline of that name that a strategy's row is compared with: of its size and its budget, or the whole set. */
function isBaselineOf(one: MeasuredRow, row: MeasuredRow, name: string): boolean {
  if (one.set.strategy !== name || one.set.role === 'strategy') return false;
  return one.set.role === 'whole' || (one.set.size === row.set.size && one.budget === row.budget);
}

function compare(
  a: readonly ResampledMetric[],
  b: readonly ResampledMetric[],
  level: number,
  refuse: (why: string) => void,
): PairedComparison | undefined {
  try {
    return compareRuns(a, b, level);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function differenceOf(
  metric: string,
  comparison: PairedComparison,
  adjustedPValue: number,
  comparisons: number,
  level: number,
  baseline: string,
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
  const centre = known.length === 0 ? null : mean(known);
  const squares = known.reduce((sum, value) => sum + (value - centre!) ** 2, 0);
  return { mean: centre, sd: known.length < 2 ? null : Math.sqrt(squares / (known.length - 1)), values };
}

function perClassMeans(task: Task, { probes }: ProbedRow): ComparisonRow['perClass'] {
  const perSeed = probes.map(({ probabilities }) => evaluationOf(task, probabilities).perClass!);
  const metrics = Object.keys(perSeed[0]!);
  return Object.fromEntries(
    metrics.map((metric) => [
      metric,
      task.classes.map((_, index) => {
        const value = mean(perSeed.map((values) => values[metric]![index]!));
        return Number.isNaN(value) ? null : value;
      }),
    ]),
  );
}

function positivesOf({ train, classes }: Task, { set: { keep } }: ProbedRow): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const clips of keep) for (const clip of clips) for (const label of train.labels[clip]!) counts[label]!++;
  return counts.map((count) => count / keep.length);
}

function rowsOf({ data, rows, cols }: Scores, clips: Uint32Array): Scores {
  if (clips.length === rows) return { data, rows, cols };
  const some = new Float64Array(clips.length * cols);
  for (const [row, clip] of clips.entries()) some.set(data.subarray(clip * cols, (clip + 1) * cols), row * cols);
  return { data: some, rows: clips.length, cols };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
