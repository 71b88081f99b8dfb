import type { SetResult } from '@refrain/pipeline';
import { table } from '../terminal/table.ts';

const TITLES: Readonly<Record<SetResult['name'], string>> = {
  whole: 'whole set',
  pruned: 'pruned',
  random: 'random, same size',
};

/** The table of the sets: clips and every metric, mean ± standard deviation where there is more than one value. */
export function comparisonTable(results: readonly SetResult[]): string {
  const metrics = [...new Set(results.flatMap((result) => Object.keys(result.metrics)))];
  const rows = results.map((result) => [
    TITLES[result.name],
    String(result.clips),
    ...metrics.map((metric) => cell(result.metrics[metric])),
  ]);
  // Sets are the rows of the question, but metrics are many: turned around, the table fits a terminal.
  const header = ['', ...rows.map((row) => row[0]!)];
  return table(
    header,
    ['clips', ...metrics].map((title, i) => [title, ...rows.map((row) => row[i + 1]!)]),
  );
}

function cell(spread: SetResult['metrics'][string] | undefined): string {
  if (spread === undefined || Number.isNaN(spread.mean)) return 'n/a';
  return spread.values.length > 1 ? `${spread.mean.toFixed(3)} ± ${spread.sd.toFixed(3)}` : spread.mean.toFixed(3);
}

/** The same for programs. */
export function setsJson(results: readonly SetResult[]): object {
  return { sets: results.map(({ name, clips, metrics }) => ({ set: name, clips, metrics })) };
}
