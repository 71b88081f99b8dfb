import { byCodeUnits, studentHalfWidth } from '@refrain/core';
import type { ComparisonReport, ComparisonRow, Difference, Spread } from './report.ts';
import { baselineNames, budgetsOf } from './resultTables.ts';
import { exactText, oneLine, optionsText, rowName, UNDEFINED } from './wording.ts';

const FIGURE_COLUMNS = [
  ...['strategy', 'role', 'asked', 'kept', 'share', 'budget', 'epochs', 'steps'],
  ...['part', 'metric', 'mean', 'sd', 'seeds'],
];
const DIFFERENCE_COLUMNS = [
  ...['difference', 'low', 'high', 'p', 'adjusted p', 'verdict'],
  ...['test groups alone low', 'test groups alone high', 'test groups alone p'],
];

/**
 * results.csv (RFC 4180, UTF-8): a line for each row, part and metric; then its difference to each baseline, in columns such as `random low`.
 * `seeds` counts those on which the metric is defined; `test groups
 * alone` is what a bootstrap over test groups says of these very runs. Figures have all their digits, `n/a` where there is none.
 */
export function csvText(report: ComparisonReport): string {
  const baselines = baselineNames(report);
  const differences = baselines.flatMap((name) => DIFFERENCE_COLUMNS.map((column) => `${name} ${column}`));
  const lines = figuresOf(report).map(({ row, part, metric, spread }) => [
    ...[row.strategy, row.role, optionsText(row.asked), ...sizeOf(row, report), row.budget],
    ...[row.epochs, row.steps].map((count) => String(count ?? '')),
    ...[part, metric, exactText(spread?.mean), exactText(spread?.sd), String(seedsOf(spread))],
    ...baselines.flatMap((name) => differenceFields(row.against?.[name]?.[part]?.[metric])),
  ]);
  return commaSeparated([[...FIGURE_COLUMNS, ...differences], ...lines]);
}

/**
 * learning_curve.tsv: the metrics by the size of the train set, a line for each row, part and metric, by the name of the set and then by its
 * size. The set is the strategy with those of its options that are words, such as a policy for noise; its numbers are what sizes come from, and
 * stand under `options`. `low` and `high` are Student's interval of the mean over the seeds, at the level of the report: what sets and heads add,
 * not the test set; `n/a` below two seeds.
 */
export function learningCurveText(report: ComparisonReport): string {
  const points = figuresOf(report)
    .map((figure) => ({ ...figure, set: curveName(figure.row) }))
    .sort((a, b) => byCodeUnits(a.set, b.set) || byCodeUnits(a.row.budget, b.row.budget) || a.row.kept - b.row.kept);
  const lines = points.map(({ row, part, metric, spread, set }) => [
    ...[...sizeOf(row, report), set, optionsText(row.asked), row.budget, part, metric],
    ...[spread?.mean, spread?.sd, ...meanInterval(spread, report.level)].map(exactText),
  ]);
  const header = ['clips', 'share', 'set', 'options', 'budget', 'part', 'metric', 'mean', 'sd', 'low', 'high'];
  return tabSeparated([header, ...lines]);
}

/**
 * per_tag.tsv: a line for each tag or class with its positives in the whole train set, then for every row of the report its kept positives and
 * each metric of the tag, means over the seeds on the whole test split, and published figures last; `n/a` where undefined.
 */
export function perTagText(report: ComparisonReport): string {
  const budgets = budgetsOf(report).length;
  const named = (row: ComparisonRow) => [rowName(row), row.kept, ...(budgets > 1 ? [row.budget] : [])].join(' ');
  const columns = [
    { title: 'train positives', values: report.rows.find(({ role }) => role === 'whole')?.positives ?? [] },
    ...report.rows.flatMap((row) => [
      { title: `${named(row)} kept positives`, values: row.positives },
      ...perClassMetrics(report, row).map((metric) => ({
        title: `${named(row)} ${metric}`,
        values: row.perClass[metric]!,
      })),
    ]),
    ...Object.entries(report.published?.perTag ?? {}).map(([metric, values]) => ({
      title: `published ${metric}`,
      values: report.classes.map((tag) => values[tag]),
    })),
  ];
  const lines = report.classes.map((tag, i) => [tag, ...columns.map(({ values }) => exactText(values[i]))]);
  return tabSeparated([['tag', ...columns.map(({ title }) => title)], ...lines]);
}

/** Every row with each part and metric, in the order of the report. */
function figuresOf({ rows, parts, metrics, furtherMetrics }: ComparisonReport) {
  return rows.flatMap((row) =>
    parts.flatMap(({ name: part }) =>
      [...metrics, ...furtherMetrics].map((metric) => ({ row, part, metric, spread: row.results[part]?.[metric] })),
    ),
  );
}

/** Clips, and their share of the train set. */
function sizeOf({ kept }: ComparisonRow, { trainClips }: ComparisonReport): string[] {
  return [kept, kept / trainClips].map(exactText);
}

/** On how many seeds a metric is defined. */
function seedsOf(spread: Spread | undefined): number {
  return spread?.values.filter((value) => value !== null).length ?? 0;
}

function differenceFields(found: Difference | undefined): string[] {
  if (found === undefined) return DIFFERENCE_COLUMNS.map(() => UNDEFINED);
  const { difference, interval, pValue, adjustedPValue, verdict, testGroupsAlone: alone } = found;
  const bootstrap = [alone?.interval[0], alone?.interval[1], alone?.pValue];
  return [...[difference, ...interval, pValue, adjustedPValue].map(exactText), verdict, ...bootstrap.map(exactText)];
}

/** Lower and upper end of Student's interval of a mean; null where there is none. */
function meanInterval(spread: Spread | undefined, level: number): readonly (number | null)[] {
  const { mean = null, sd = null } = spread ?? {};
  const count = seedsOf(spread);
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

/** Lines of CSV (RFC 4180) that a spreadsheet may open. */
export function commaSeparated(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `${cells.map((cell) => quoted(spreadsheetCell(cell))).join(',')}\r\n`).join('');
}

function quoted(field: string): string {
  return /[",;\t\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Lines of cells with tabs between them that a spreadsheet may open. */
export function tabSeparated(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `${cells.map((cell) => oneLine(spreadsheetCell(cell))).join('\t')}\n`).join('');
}

// What Excel, LibreOffice and Google Sheets take for the begin of a formula, in the wide forms of East Asian keyboards too.
const BEGINS_FORMULA = /^[=+\-@\t\r＝＋－＠]/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A cell of a table that people open in a spreadsheet. A name of anybody's that would be run as a formula has an apostrophe put before it, which
 * spreadsheets take as "this is text"; numbers stay numbers.
 */
export function spreadsheetCell(text: string): string {
  return BEGINS_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
