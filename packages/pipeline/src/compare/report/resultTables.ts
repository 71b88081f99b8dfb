import type { ComparisonReport, ComparisonRow, Difference, TestPart } from './report.ts';
import { decimalsFor, oneLine, rowName, signedText, spreadText, UNDEFINED } from './wording.ts';

/** One table of the results, in words and figures that each format escapes in its own way. */
export interface ResultTable {
  readonly part: TestPart;
  readonly budget: ComparisonRow['budget'];
  /** What Δ is against; undefined where nothing is compared. */
  readonly baseline: string | undefined;
  readonly header: readonly string[];
  /** Rows of one size each, the largest first; every row has a cell for each column. */
  readonly groups: readonly (readonly (readonly string[])[])[];
  /** What is found about each row that is compared, with the name of the row. */
  readonly verdicts: readonly { readonly row: string; readonly sentence: string }[];
}

/** The marks of a verdict. */
export const MARKS: Readonly<Record<Difference['verdict'], string>> = {
  better: ' ▲',
  worse: ' ▼',
  'no difference': '',
};

/** One table for each part of the test split and each budget. */
export function resultTables(report: ComparisonReport): ResultTable[] {
  const baselines = baselineNames(report);
  return report.parts.flatMap((part) =>
    budgetsOf(report).map((budget) => resultTable(report, part, budget, baselines)),
  );
}

/** Names of what rows are compared with: baselines in the order of the rows, then the whole set. */
export function baselineNames({ rows }: Pick<ComparisonReport, 'rows'>): string[] {
  const compared = new Set(rows.flatMap(({ against = {} }) => Object.keys(against)));
  const named = (wanted: ComparisonRow['role']) =>
    rows.filter(({ role }) => role === wanted).map(({ strategy }) => strategy);
  const known = [...named('baseline'), ...named('whole')].filter((name) => compared.has(name));
  return [...new Set([...known, ...[...compared].sort()])];
}

/** What tables show the difference to: random sets where rows are compared with them, else the first baseline. */
export function shownBaseline(names: readonly string[]): string | undefined {
  return names.includes('random') ? 'random' : names[0];
}

/** The budgets of the rows that are compared, epochs first; that of the whole set, which defines each of them, where there is no other row. */
export function budgetsOf({ rows }: Pick<ComparisonReport, 'rows'>): ComparisonRow['budget'][] {
  const others = rows.filter(({ role }) => role !== 'whole');
  const found = new Set((others.length > 0 ? others : rows).map(({ budget }) => budget));
  return (['epochs', 'steps'] as const).filter((budget) => found.has(budget));
}

/**
 * The rows of one budget by size, the largest first and otherwise in the order of the report. The whole set is a row of every budget, for each
 * budget is defined by it.
 */
export function rowsOfBudget(
  { rows }: Pick<ComparisonReport, 'rows'>,
  budget: ComparisonRow['budget'],
): ComparisonRow[] {
  const own = rows.filter((row) => row.budget === budget);
  const whole = own.some(({ role }) => role === 'whole') ? [] : rows.filter(({ role }) => role === 'whole').slice(0, 1);
  return [...whole, ...own].sort((a, b) => b.kept - a.kept);
}

/** How many decimals a metric has in a table of these rows. */
export function decimalsOf(rows: readonly ComparisonRow[], part: string, metric: string): number {
  return decimalsFor(rows.map(({ results }) => results[part]?.[metric]?.sd));
}

function resultTable(
  report: ComparisonReport,
  part: TestPart,
  budget: ComparisonRow['budget'],
  baselines: readonly string[],
): ResultTable {
  const rows = rowsOfBudget(report, budget);
  const baseline = shownBaseline(baselines);
  const columns = report.metrics.map((metric) => ({ metric, decimals: decimalsOf(rows, part.name, metric) }));
  const cells = (row: ComparisonRow) => [
    rowName(row),
    `${row.kept} (${((row.kept / report.trainClips) * 100).toFixed(1)} %)`,
    ...columns.flatMap(({ metric, decimals }) => [
      spreadText(row.results[part.name]?.[metric], decimals),
      ...(baseline === undefined ? [] : [differenceCell(row, baseline, part.name, metric, decimals)]),
    ]),
  ];
  const sizes = [...new Set(rows.map(({ kept }) => kept))];
  const delta = baseline === undefined ? [] : [oneLine(`Δ to ${baseline}`)];
  return {
    part,
    budget,
    baseline,
    header: ['strategy', 'kept', ...report.metrics.flatMap((metric) => [oneLine(metric), ...delta])],
    groups: sizes.map((size) => rows.filter(({ kept }) => kept === size).map(cells)),
    verdicts: rows.flatMap((row) => verdictsOf(report, row, part.name, baselines)),
  };
}

function differenceCell(row: ComparisonRow, baseline: string, part: string, metric: string, decimals: number): string {
  const found = row.against?.[baseline]?.[part]?.[metric];
  if (found === undefined) return row.role === 'strategy' ? UNDEFINED : '';
  const [low, high] = found.interval.map((end) => signedText(end, decimals));
  return `${signedText(found.difference, decimals)} [${low}, ${high}]${MARKS[found.verdict]}`;
}

function verdictsOf(
  { metrics }: ComparisonReport,
  row: ComparisonRow,
  part: string,
  baselines: readonly string[],
): ResultTable['verdicts'] {
  const name = `${rowName(row)}, ${row.kept} kept`;
  return baselines.flatMap((baseline) =>
    metrics.flatMap((metric) => {
      const found = row.against?.[baseline]?.[part]?.[metric];
      return found === undefined ? [] : [{ row: name, sentence: oneLine(found.sentence) }];
    }),
  );
}
