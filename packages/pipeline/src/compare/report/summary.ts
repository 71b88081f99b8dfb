import type { ComparisonReport, Difference } from './report.ts';
import { baselineNames, budgetsOf, rowsOfBudget, shownBaseline } from './resultTables.ts';
import {
  BUDGETS,
  datasetText,
  oneLine,
  partText,
  plural,
  publishedText,
  refusedText,
  rowName,
  rulesText,
  unmetTexts,
  verdictRule,
} from './wording.ts';

/** What a table of the first part and budget is headed by, and what is said below it: paragraphs of lines. */
interface Summary {
  readonly title: string;
  readonly paragraphs: readonly (readonly string[])[];
}

/**
 * A comparison in sentences, beside the table of its first part and budget: what its signs mean, one sentence for each row of a strategy on the first metric,
 * how many of the other comparisons found a difference, and what was left out. Options stand in backquotes.
 */
export function comparisonSummary(report: ComparisonReport): Summary {
  const baseline = shownBaseline(baselineNames(report));
  const meaning =
    baseline === undefined
      ? 'No row is compared with another one.'
      : `Δ: difference to ${oneLine(baseline)}; ▲ better, ▼ worse (${verdictRule(report.level)})`;
  const part = partText(report.parts[0]!, report.groupedBy);
  const rules = [...rulesText(report), ...unmetCount(report)];
  const paragraphs = [
    [meaning],
    baseline === undefined ? [] : sentences(report, baseline),
    otherCounts(report),
    report.published === undefined ? [] : [publishedText(report.published)],
    rules.length === 0 ? [] : [rules.join(' ')],
    (report.refused ?? []).map((one) => `Left out: ${refusedText(one)}`),
  ];
  return {
    title: `${datasetText(report)}, ${part}, ${BUDGETS[budgetsOf(report)[0]!]}, ${plural(report.seeds, 'seed')}`,
    paragraphs: paragraphs.filter(({ length }) => length > 0),
  };
}

function sentences(report: ComparisonReport, baseline: string): string[] {
  const metric = report.metrics[0]!;
  return rowsOfBudget(report, budgetsOf(report)[0]!)
    .filter(({ role }) => role === 'strategy')
    .map((row) => {
      const found = row.against?.[baseline]?.[report.parts[0]!.name]?.[metric];
      const sentence = found?.sentence ?? `${metric} is not compared with ${baseline}.`;
      return `${rowName(row)}, ${row.kept} kept: ${oneLine(sentence)}`;
    });
}

// All that no sentence stands for: other metrics, parts and budgets, and other baselines.
function otherCounts(report: ComparisonReport): string[] {
  const { rows, parts, metrics } = report;
  const budget = budgetsOf(report)[0]!;
  const names = baselineNames(report);
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
    return [`Of ${plural(verdicts.length, 'other comparison')} with ${oneLine(name)}: ${counts}.`];
  });
}

// The sentences are long, and stand in results.md.
function unmetCount(report: ComparisonReport): string[] {
  const count = unmetTexts(report).length;
  return count === 0
    ? []
    : [`In ${plural(count, 'case')} one of them could not be met everywhere: results.md says where.`];
}
