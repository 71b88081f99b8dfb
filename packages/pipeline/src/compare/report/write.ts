import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byCodeUnits } from '@refrain/core';
import { csvText, learningCurveText, perTagText } from './delimited.ts';
import type { ComparisonReport, ComparisonRow, Difference } from './report.ts';
import { latexText, markdownText } from './typeset.ts';
import { UNDEFINED } from './wording.ts';

/** The files of a comparison's folder. */
const TEXTS: Readonly<Record<string, (report: ComparisonReport) => string>> = {
  'results.json': jsonText,
  'results.csv': csvText,
  'results.md': markdownText,
  'results.tex': latexText,
  'per_tag.tsv': perTagText,
  'learning_curve.tsv': learningCurveText,
};

/** Writes a comparison into an existing, empty folder: every figure as results.json, tables of them for people and for papers, and the seed's files. */
export async function writeComparison(folder: string, report: ComparisonReport): Promise<void> {
  for (const [name, text] of Object.entries(TEXTS)) await writeFile(join(folder, name), text(report));
  for (const [name, text] of Object.entries(seedTexts(report))) await writeFile(join(folder, name), text);
}

/**
 * results.json: the report, indented, keys in the order of their names, and each list of numbers on a line of its own. Equal reports give equal
 * bytes, in whatever order their keys were set. A number that JSON does not have, which only settings may hold, is written as its name.
 */
function jsonText(report: ComparisonReport): string {
  const text = JSON.stringify(report, ordered, 2);
  // No string of JSON holds a line break, so none is touched; the letters are those of null.
  return `${text.replace(/\[\n\s+([-+\d.enul,\s]+?)\n\s*\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}

function ordered(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => byCodeUnits(a, b)));
}

/** What the seed compares with. */
const BASELINE = 'random';

/**
 * The files that the seed repository leaves behind (DavidPiazza/CLMR at cb751f9, evaluate_pruned.py), by name: of the first row of a strategy
 * `optimized_results.txt`, means over the seeds; of each random set of its size and budget, counted from 0, `random_run_{i}_results.txt`; and
 * `statistical_significance.json`. All are of the whole test split. No file where no strategy has a row.
 */
function seedTexts(report: ComparisonReport): Record<string, string> {
  const row = report.rows.find(({ role }) => role === 'strategy');
  if (row === undefined) return {};
  const part = report.parts[0]!.name;
  const random = report.rows.find(
    ({ role, strategy, kept, budget }) =>
      role === 'baseline' && strategy === BASELINE && kept === row.kept && budget === row.budget,
  );
  const runs = random === undefined ? [] : Array.from({ length: report.seeds }, (_, seed) => seed);
  return {
    'optimized_results.txt': linesOf(report, (metric) => row.results[part]?.[metric]?.mean),
    ...Object.fromEntries(
      runs.map((seed) => [
        `random_run_${seed}_results.txt`,
        linesOf(report, (metric) => random!.results[part]?.[metric]?.values[seed]),
      ]),
    ),
    'statistical_significance.json': significance(report, row, random, part),
  };
}

function linesOf({ metrics }: ComparisonReport, ofMetric: (metric: string) => number | null | undefined): string {
  return metrics.map((metric) => `${metric}: ${ofMetric(metric) ?? UNDEFINED}\n`).join('');
}

/** An object for each metric that is compared, in the seed's words. */
function significance(
  { metrics }: ComparisonReport,
  { against }: ComparisonRow,
  random: ComparisonRow | undefined,
  part: string,
): string {
  const found = metrics.flatMap((metric) => {
    const difference = against?.[BASELINE]?.[part]?.[metric];
    if (difference === undefined) return [];
    return [[metric, inSeedsWords(difference, random?.results[part]?.[metric]?.mean)] as const];
  });
  return `${JSON.stringify(Object.fromEntries(found), undefined, 2)}\n`;
}

/**
 * `p_value` and `significant` are after Holm's correction, the interval is of the difference, `delta_percent` the difference in percent of the
 * random mean. The seed's `cohen_d` is left out: it takes runs as the only thing that varies.
 */
function inSeedsWords(found: Difference, randomMean: number | null | undefined): object {
  const { difference, standardError, adjustedPValue, verdict, interval } = found;
  return {
    ...(standardError > 0 && { t_statistic: difference / standardError }),
    p_value: adjustedPValue,
    significant: verdict !== 'no difference',
    ...(randomMean && { delta_percent: (100 * difference) / randomMean }),
    ci_low: interval[0],
    ci_high: interval[1],
  };
}
