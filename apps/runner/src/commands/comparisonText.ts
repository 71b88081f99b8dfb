import {
  BUDGETS,
  baselineNames,
  budgetsOf,
  type ComparisonReport,
  type ComparisonRow,
  type Difference,
  datasetText,
  decimalsOf,
  MARKS,
  oneLine,
  partText,
  plural,
  publishedText,
  refusedText,
  rowName,
  rowsOfBudget,
  rulesText,
  shownBaseline,
  signedText,
  spreadText,
  type TestPart,
  UNDEFINED,
  unmetTexts,
  verdictRule,
} from '@refrain/pipeline';
import { asTyped } from '../settings/flags.ts';
import { table } from '../terminal/table.ts';

const WIDTH = 100;
const NAME_WIDTH = 34;

/**
 * A comparison for the terminal, at most 100 columns wide: the table of the first part and budget, one sentence for each row of a strategy on the
 * first metric, how many of the other comparisons found a difference, and what was left out. Metrics that the width does not hold are left to results.md.
 */
export function comparisonText(report: ComparisonReport): string {
  const part = report.parts[0]!;
  const budget = budgetsOf(report)[0]!;
  const rows = rowsOfBudget(report, budget);
  const names = baselineNames(report);
  const baseline = shownBaseline(names);
  const title = `${datasetText(report)}, ${partText(part, report.groupedBy)}, ${BUDGETS[budget]}, ${plural(report.seeds, 'seed')}`;
  const meaning =
    baseline === undefined
      ? 'No row is compared with another one.'
      : `Δ: difference to ${oneLine(baseline)}; ▲ better, ▼ worse (${verdictRule(report.level)})`;
  const blocks = [
    [...wrapped(title, WIDTH, '  '), fittingTable(report, rows, part, baseline)],
    wrapped(meaning, WIDTH, '  '),
    baseline === undefined ? [] : sentences(report, rows, part, baseline),
    otherCounts(report, budget, names),
    report.published === undefined ? [] : wrapped(publishedText(report.published), WIDTH, '  '),
    wrapped(asTyped([...rulesText(report), ...unmetCount(report)].join(' ')), WIDTH, '  '),
    (report.refused ?? []).flatMap((one) => wrapped(asTyped(`Left out: ${refusedText(one)}`), WIDTH, '  ')),
  ];
  return blocks.flatMap((lines) => (lines.length === 0 ? [] : [lines.join('\n')])).join('\n\n');
}

// As many metrics as there is room for, one at least.
function fittingTable(
  report: ComparisonReport,
  rows: readonly ComparisonRow[],
  part: TestPart,
  baseline: string | undefined,
): string {
  for (let count = report.metrics.length; count > 1; count--) {
    const text = tableOf(rows, part, report.metrics.slice(0, count), baseline);
    if (text.split('\n').every((line) => line.length <= WIDTH)) return text;
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

function sentences(
  { metrics }: ComparisonReport,
  rows: readonly ComparisonRow[],
  part: TestPart,
  baseline: string,
): string[] {
  const metric = metrics[0]!;
  return rows
    .filter(({ role }) => role === 'strategy')
    .flatMap((row) => {
      const found = row.against?.[baseline]?.[part.name]?.[metric];
      const sentence = found?.sentence ?? `${metric} is not compared with ${baseline}.`;
      return wrapped(`${rowName(row)}, ${row.kept} kept: ${oneLine(sentence)}`, WIDTH, '  ');
    });
}

// All that no sentence stands for: other metrics, parts and budgets, and other baselines.
function otherCounts(
  { rows, parts, metrics }: ComparisonReport,
  budget: ComparisonRow['budget'],
  names: readonly string[],
): string[] {
  const shown = shownBaseline(names);
  return names.flatMap((name) => {
    const verdicts = rows.flatMap((row) =>
      parts.flatMap(({ name: part }, p) =>
        metrics.flatMap((metric, m) => {
          const isShown = name === shown && row.budget === budget && p === 0 && m === 0;
          return isShown ? [] : (row.against?.[name]?.[part]?.[metric]?.verdict ?? []);
        }),
      ),
    );
    if (verdicts.length === 0) return [];
    const count = (wanted: Difference['verdict']) => verdicts.filter((verdict) => verdict === wanted).length;
    const counts = `${count('better')} better, ${count('worse')} worse, ${count('no difference')} without a difference`;
    return wrapped(`Of ${plural(verdicts.length, 'other comparison')} with ${oneLine(name)}: ${counts}.`, WIDTH, '  ');
  });
}

// The sentences are long, and stand in results.md.
function unmetCount(report: ComparisonReport): string[] {
  const count = unmetTexts(report).length;
  return count === 0
    ? []
    : [`In ${plural(count, 'case')} one of them could not be met everywhere: results.md says where.`];
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
