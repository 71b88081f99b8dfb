import {
  baselineNames,
  budgetsOf,
  type ComparisonReport,
  type ComparisonRow,
  comparisonSummary,
  type Difference,
  decimalsOf,
  MARKS,
  oneLine,
  rowName,
  rowsOfBudget,
  shownBaseline,
  signedText,
  spreadText,
  type TestPart,
  UNDEFINED,
} from '@refrain/pipeline';
import { asTyped } from '../settings/flags.ts';
import { table } from '../terminal/table.ts';

const NAME_WIDTH = 34;

/**
 * A comparison for a terminal that is `width` columns wide: the table of the first part and budget, and what is to be said of it. Metrics that the
 * width does not hold are left to results.md.
 */
export function comparisonText(report: ComparisonReport, width: number): string {
  const wrap = (text: string) => wrapped(asTyped(text), width, '  ');
  const rows = rowsOfBudget(report, budgetsOf(report)[0]!);
  const { title, paragraphs } = comparisonSummary(report);
  const shown = fittingTable(report, rows, report.parts[0]!, shownBaseline(baselineNames(report)), width);
  return [[...wrap(title), shown], ...paragraphs.map((lines) => lines.flatMap(wrap))]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

// As many metrics as there is room for, one at least.
function fittingTable(
  report: ComparisonReport,
  rows: readonly ComparisonRow[],
  part: TestPart,
  baseline: string | undefined,
  width: number,
): string {
  for (let count = report.metrics.length; count > 1; count--) {
    const text = tableOf(rows, part, report.metrics.slice(0, count), baseline);
    if (text.split('\n').every((line) => line.length <= width)) return text;
  }
  return tableOf(rows, part, report.metrics.slice(0, 1), baseline);
}

function tableOf(
  rows: readonly ComparisonRow[],
  part: TestPart,
  metrics: readonly string[],
  baseline: string | undefined,
): string {
  const columns = metrics.map((metric) => ({ metric, decimals: decimalsOf(rows, part.name, metric) }));
  const header = [
    '',
    'kept',
    ...metrics.flatMap((metric) => [oneLine(metric), ...(baseline === undefined ? [] : ['Δ'])]),
  ];
  const lines = rows.flatMap((row) => {
    const [first, ...further] = wrapped(rowName(row), NAME_WIDTH, '  ');
    const cells = columns.flatMap(({ metric, decimals }) => [
      spreadText(row.results[part.name]?.[metric], decimals),
      ...(baseline === undefined
        ? []
        : [differenceCell(row, row.against?.[baseline]?.[part.name]?.[metric], decimals)]),
    ]);
    return [[first!, String(row.kept), ...cells], ...further.map((line) => [line])];
  });
  return table(header, lines);
}

function differenceCell({ role }: ComparisonRow, found: Difference | undefined, decimals: number): string {
  if (found === undefined) return role === 'strategy' ? UNDEFINED : '';
  // A column of marks: where there is none, its place stays.
  return `${signedText(found.difference, decimals)}${MARKS[found.verdict].padEnd(2)}`;
}

/** The text in lines of at most `width` characters, all but the first behind `indent`; a word longer than a line is cut. */
function wrapped(text: string, width: number, indent: string): string[] {
  const room = width - indent.length;
  const words = text.split(' ').flatMap((word) => word.match(new RegExp(`.{1,${room}}`, 'gu')) ?? []);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `${indent}${word}`);
  }
  return lines;
}
