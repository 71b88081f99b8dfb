import { exactText, UNDEFINED } from './digits.ts';
import type { ComparisonReport, ComparisonRow, Difference } from './report.ts';
import { baselineNames } from './resultTables.ts';
import { optionsText } from './wording.ts';

const ROW_COLUMNS = ['strategy', 'role', 'asked', 'kept', 'share', 'budget', 'epochs', 'steps'];
const METRIC_COLUMNS = ['part', 'metric', 'mean', 'sd', 'seeds'];
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
  const header = [
    ...ROW_COLUMNS,
    ...METRIC_COLUMNS,
    ...baselines.flatMap((name) => DIFFERENCE_COLUMNS.map((column) => `${name} ${column}`)),
  ];
  const lines = report.rows.flatMap((row) =>
    report.parts.flatMap(({ name: part }) =>
      [...report.metrics, ...report.furtherMetrics].map((metric) => [
        ...rowFields(row, report.trainClips),
        ...metricFields(row, part, metric),
        ...baselines.flatMap((name) => differenceFields(row.against?.[name]?.[part]?.[metric])),
      ]),
    ),
  );
  return [header, ...lines]
    .map((fields) => `${fields.map((field) => quoted(spreadsheetCell(field))).join(',')}\r\n`)
    .join('');
}

function rowFields(row: ComparisonRow, trainClips: number): string[] {
  const figures = [row.kept, row.kept / trainClips].map(exactText);
  return [
    row.strategy,
    row.role,
    optionsText(row.asked),
    ...figures,
    row.budget,
    String(row.epochs ?? ''),
    String(row.steps ?? ''),
  ];
}

function metricFields({ results }: ComparisonRow, part: string, metric: string): string[] {
  const spread = results[part]?.[metric];
  const seeds = spread?.values.filter((value) => value !== null).length ?? 0;
  return [part, metric, exactText(spread?.mean), exactText(spread?.sd), String(seeds)];
}

function differenceFields(found: Difference | undefined): string[] {
  if (found === undefined) return DIFFERENCE_COLUMNS.map(() => UNDEFINED);
  const { difference, interval, pValue, adjustedPValue, verdict, testGroupsAlone: alone } = found;
  const bootstrap = [alone?.interval[0], alone?.interval[1], alone?.pValue];
  return [...[difference, ...interval, pValue, adjustedPValue].map(exactText), verdict, ...bootstrap.map(exactText)];
}

/** A field of CSV, in quotation marks where it needs them. */
export function quoted(field: string): string {
  return /[",;\t\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
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
