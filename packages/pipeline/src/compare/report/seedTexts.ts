import { UNDEFINED } from './digits.ts';
import type { ComparisonReport, ComparisonRow, Difference } from './report.ts';

/** What the seed compares with. */
const BASELINE = 'random';

/**
 * The files that the seed repository leaves behind (DavidPiazza/CLMR at cb751f9, evaluate_pruned.py), by name: of the first row of a strategy
 * `optimized_results.txt`, means over the seeds; of each random set of its size and budget, counted from 0, `random_run_{i}_results.txt`; and
 * `statistical_significance.json`. All are of the whole test split. No file where no strategy has a row.
 */
export function seedTexts(report: ComparisonReport): Record<string, string> {
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
