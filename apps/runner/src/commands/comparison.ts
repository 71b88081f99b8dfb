import { largest } from '@refrain/core';
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

/** How the values of the table came about, in a sentence or two; empty where there is nothing to say. */
export function comparisonNote(results: readonly SetResult[]): string {
  const counts = (name: SetResult['name']) =>
    Object.values(results.find((result) => result.name === name)?.metrics ?? {}).map(({ values }) => values.length);
  // Only what is trained is repeated for a set that is not random.
  const seeds = largest([...counts('whole'), ...counts('pruned'), 1]);
  const draws = largest([...counts('random'), 1]);
  const parts = [
    ...(draws > 1 ? [`over ${draws} random sets for the measures of coverage`] : []),
    ...(seeds > 1
      ? [`over ${seeds} seeds${draws > 1 ? ', each with a random set of its own,' : ''} for the probe`]
      : []),
  ];
  const isSaved = results.some(
    ({ name, first }) => name === 'pruned' && Object.values(first).some((one) => one.parameters),
  );
  const heads = results.flatMap(({ first }) => Object.values(first)).flatMap(({ details }) => details?.head ?? []);
  const differences = results.flatMap(({ differences = {} }) => Object.values(differences));
  return [
    ...differences.map(({ sentence }) => sentence),
    ...(parts.length === 0 ? [] : [`mean ± standard deviation, ${parts.join(' and ')}`]),
    ...(isSaved && seeds > 1 ? [`the probe that is saved is that of the first of ${seeds} seeds`] : []),
    ...(heads.length === 0 ? [] : [`the probe's head is ${heads[0]}; nothing was trained`]),
  ].join('\n');
}

/** The same for programs. */
export function setsJson(results: readonly SetResult[]): object {
  return { sets: results.map(({ name, clips, metrics }) => ({ set: name, clips, metrics })) };
}
