import type { ComparisonPage, LeaksPage } from '@refrain/pruned-dataset';
import type { FoundLeaks } from '../calls/search.ts';
import type { ComparisonReport, ComparisonRow } from '../compare/report/report.ts';
import { baselineNames, budgetsOf, shownBaseline } from '../compare/report/resultTables.ts';
import { rowName } from '../compare/report/wording.ts';
import { acrossSplits } from '../leaks/leaks.ts';

/** So many pairs are in a page; leaks.jsonl has all. */
const MOST_PAIRS = 10_000;

/** What the page of a comparison shows: its reports on the whole test split, one by each evaluator, with differences from random sets. */
export function comparisonPage(reports: readonly ComparisonReport[], command?: string): ComparisonPage {
  const { dataset, settings, versions } = reports[0]!;
  return {
    format: 1,
    kind: 'comparison',
    name: dataset,
    ...(command !== undefined && { command }),
    settings,
    versions,
    comparisons: reports.map((report) => ({
      evaluator: report.evaluator,
      trainClips: report.trainClips,
      metrics: report.metrics,
      rows: report.rows.map((row) => shownRow(report, row)),
    })),
  };
}

function shownRow(report: ComparisonReport, row: ComparisonRow): ComparisonPage['comparisons'][number]['rows'][number] {
  const part = report.parts[0]!.name;
  const baseline = shownBaseline(baselineNames(report));
  const differences = Object.entries((baseline === undefined ? undefined : row.against?.[baseline]?.[part]) ?? {});
  return {
    name: budgetsOf(report).length > 1 ? `${rowName(row)}, ${row.budget}` : rowName(row),
    role: row.role === 'baseline' ? 'random' : row.role,
    kept: row.kept,
    metrics: row.results[part] ?? {},
    differences: Object.fromEntries(
      differences.map(
        ([
          metric,
          {
            difference,
            interval: [low, high],
            verdict,
          },
        ]) => [metric, { difference, low, high, of: 'seeds' as const, verdict }],
      ),
    ),
  };
}

/** What the page of a search for leaks shows: sums of all that splits share, and the pairs of copies, of very many the first. */
export function leaksPage(
  { clips, pairs, sharing }: Pick<FoundLeaks, 'clips' | 'pairs' | 'sharing'>,
  sizes: LeaksPage['sizes'],
  origin: Pick<LeaksPage, 'name' | 'command' | 'settings' | 'versions'>,
): LeaksPage {
  return {
    format: 1,
    kind: 'leaks',
    ...origin,
    sizes,
    shared: sharing.filter(({ shared }) => shared > 0),
    pairs: acrossSplits(clips, pairs)
      .slice(0, MOST_PAIRS)
      .map(({ pair, splits, first, second }) => ({
        kind: pair.level,
        splits,
        clips: [first.id, second.id],
        similarity: Number.isFinite(pair.similarity) ? pair.similarity : null,
      })),
  };
}
