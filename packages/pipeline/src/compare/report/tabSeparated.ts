import { studentHalfWidth } from '@refrain/evaluators';
import { spreadsheetCell } from './csv.ts';
import { exactText } from './digits.ts';
import type { ComparisonReport, ComparisonRow, Spread } from './report.ts';
import { budgetsOf } from './resultTables.ts';
import { byName, oneLine, optionsText, rowName } from './wording.ts';

/**
 * per_tag.tsv: a line for each tag or class with its positives in the whole train set, then for every row of the report its kept positives and
 * each metric of the tag, means over the seeds on the whole test split, and published figures last; `n/a` where undefined.
 */
export function perTagText(report: ComparisonReport): string {
  const budgets = budgetsOf(report).length;
  const named = (row: ComparisonRow) => [rowName(row), row.kept, ...(budgets > 1 ? [row.budget] : [])].join(' ');
  const columns = report.rows.flatMap((row) => [
    { title: `${named(row)} kept positives`, values: row.positives },
    ...perClassMetrics(report, row).map((metric) => ({
      title: `${named(row)} ${metric}`,
      values: row.perClass[metric]!,
    })),
  ]);
  const others = Object.entries(report.published?.perTag ?? {}).map(([metric, values]) => ({
    title: `published ${metric}`,
    values: report.classes.map((tag) => values[tag]),
  }));
  const whole = report.rows.find(({ role }) => role === 'whole')?.positives;
  return tabSeparated([
    ['tag', 'train positives', ...[...columns, ...others].map(({ title }) => title)],
    ...report.classes.map((tag, i) => [
      tag,
      exactText(whole?.[i]),
      ...[...columns, ...others].map(({ values }) => exactText(values[i])),
    ]),
  ]);
}

/**
 * learning_curve.tsv: the metrics by the size of the train set, a line for each row, part and metric, by the name of the set and then by its
 * size. The set is the strategy with those of its options that are words, such as a policy for noise; its numbers are what sizes come from, and
 * stand under `options`. `low` and `high` are Student's interval of the mean over the seeds, at the level of the report: what sets and heads add,
 * not the test set; `n/a` below two seeds.
 */
export function learningCurveText(report: ComparisonReport): string {
  const { rows, parts, trainClips, level } = report;
  const metrics = [...report.metrics, ...report.furtherMetrics];
  const points = rows
    .map((row) => ({ row, set: curveName(row) }))
    .sort((a, b) => byName(a.set, b.set) || byName(a.row.budget, b.row.budget) || a.row.kept - b.row.kept);
  const lines = points.flatMap(({ row, set }) =>
    parts.flatMap(({ name: part }) =>
      metrics.map((metric) => {
        const spread = row.results[part]?.[metric];
        const figures = [spread?.mean, spread?.sd, ...meanInterval(spread, level)].map(exactText);
        const size = [String(row.kept), exactText(row.kept / trainClips)];
        return [...size, set, optionsText(row.asked), row.budget, part, metric, ...figures];
      }),
    ),
  );
  return tabSeparated([
    ['clips', 'share', 'set', 'options', 'budget', 'part', 'metric', 'mean', 'sd', 'low', 'high'],
    ...lines,
  ]);
}

/** Lower and upper end of Student's interval of a mean; null where there is none. */
function meanInterval(spread: Spread | undefined, level: number): readonly (number | null)[] {
  const { mean = null, sd = null, values = [] } = spread ?? {};
  const count = values.filter((value) => value !== null).length;
  if (mean === null || sd === null || count < 2) return [null, null];
  const half = (studentHalfWidth(level, count - 1) * sd) / Math.sqrt(count);
  return [mean - half, mean + half];
}

function perClassMetrics({ metrics }: ComparisonReport, { perClass }: ComparisonRow): string[] {
  const others = Object.keys(perClass).filter((metric) => !metrics.includes(metric));
  return [...metrics.filter((metric) => perClass[metric] !== undefined), ...others.sort()];
}

function curveName({ strategy, asked }: ComparisonRow): string {
  const words = Object.entries(asked).filter(([, value]) => typeof value === 'string');
  return rowName({ strategy, asked: Object.fromEntries(words) });
}

function tabSeparated(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `${cells.map((cell) => oneLine(spreadsheetCell(cell))).join('\t')}\n`).join('');
}
