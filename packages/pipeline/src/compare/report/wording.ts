import { byCodeUnits } from '@refrain/core';
import { significanceOf } from '@refrain/evaluators';
import type { Published } from './published.ts';
import type { ComparisonReport, ComparisonRow, RefusedRow, Spread, TestPart } from './report.ts';

type Budget = ComparisonRow['budget'];

/** How probes of a table were limited, in words. */
export const BUDGETS: Readonly<Record<Budget, string>> = { epochs: 'equal epochs', steps: 'equal optimiser steps' };

/** What was asked of a strategy, e.g. `t=0.5 noise=prune`: numbers before words, each by name; empty where nothing was. */
export function optionsText(asked: ComparisonRow['asked']): string {
  const isWord = (name: string) => Number(typeof asked[name] === 'string');
  return Object.keys(asked)
    .sort((a, b) => isWord(a) - isWord(b) || byCodeUnits(a, b))
    .map((name) => `${name}=${asked[name]}`)
    .join(' ');
}

/** The strategy with its options, e.g. `jensen-shannon t=0.5 noise=prune`. */
export function rowName({ strategy, asked }: Pick<ComparisonRow, 'strategy' | 'asked'>): string {
  const options = optionsText(asked);
  return oneLine(options === '' ? strategy : `${strategy} ${options}`);
}

/** Published figures in a sentence, e.g. `results.json, published: PR-AUC 0.353, ROC-AUC 0.885 over 50 tags …`. */
export function publishedText({ file, metrics, perTag }: Published): string {
  const figures = Object.entries(metrics).map(([metric, value]) => `${metric} ${value.toFixed(3)}`);
  const tags = Object.keys(Object.values(perTag)[0] ?? {}).length;
  return `${file}, published: ${figures.join(', ')}, means over ${plural(tags, 'tag')}. They stand beside these figures and are not compared: embeddings, clips and seeds were others.`;
}

/** What was refused and why, e.g. `coverage keep=0.1: it keeps 0.3 at least.` */
export function refusedText({ strategy, asked, why }: RefusedRow): string {
  return `${rowName({ strategy, asked })}: ${oneLine(why)}`;
}

/** The text with each run of line breaks, tabs and other control characters as one space. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Dataset and split, e.g. `magnatagatune, split pons2017`. */
export function datasetText({ dataset, split }: Pick<ComparisonReport, 'dataset' | 'split'>): string {
  return oneLine(split === undefined ? dataset : `${dataset}, split ${split}`);
}

/** The part of the test split with its size, e.g. `test (5329 clips of 1018 tracks)`. */
export function partText({ name, clips, groups }: TestPart, groupedBy: ComparisonReport['groupedBy']): string {
  const size =
    groupedBy === 'clip' ? plural(clips, 'clip') : `${plural(clips, 'clip')} of ${plural(groups, groupedBy)}`;
  return `${oneLine(name)} (${size})`;
}

/** The rules in a sentence; none where there were none. */
export function rulesText({ rules = {} }: Pick<ComparisonReport, 'rules'>): string[] {
  const said = Object.entries(rules).map(([name, value]) => `\`${name}\` ${[value].flat().join(', ')}`);
  return said.length === 0 ? [] : [oneLine(`Strategies were held to ${said.join(', ')}; random sets were not.`)];
}

/** What a row's clips do not meet, e.g. "jensen-shannon keep=0.5: `minPerLabel` could not be met 2 times …". */
export function unmetTexts({ rows }: Pick<ComparisonReport, 'rows'>): string[] {
  const texts = rows.flatMap((row) => (row.unmet ?? []).map((line) => `${rowName(row)}: ${oneLine(line)}`));
  // A row stands there once for each budget.
  return [...new Set(texts)];
}

/** Say what a table's ± and marks mean, what its intervals cover, and what its figures may be compared with. */
export function tableNotes(report: ComparisonReport, baseline: string | undefined): string[] {
  const { seeds, level, groupedBy } = report;
  const differences =
    baseline === undefined
      ? []
      : [
          `Δ is the mean difference, row minus ${oneLine(baseline)}, with its ${Number((level * 100).toFixed(6))} % interval.`,
          `The intervals cover the sets drawn at random, the seeds of the heads and the ${groupedBy}s that happen to be in the test set; train set, encoder and dataset are as given.`,
          `▲ better, ▼ worse: ${verdictRule(level)}.`,
        ];
  return [
    seeds > 1 ? `Mean ± standard deviation over ${seeds} seeds.` : 'One seed.',
    ...differences,
    ...rulesText(report),
    'Figures of one table are comparable only within it.',
  ];
}

/** When a difference counts, e.g. `p < 0.05 after Holm's correction`. */
export function verdictRule(level: number): string {
  return `p < ${significanceOf(level)} after Holm's correction`;
}

/** A number of things, e.g. `1 clip`, `3 clips`. */
export function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** What tables say for a value that is not defined. */
export const UNDEFINED = 'n/a';

/**
 * How many decimals a column of means has: as many as show two digits of its largest standard deviation (JCGM 100:2008, section 7.2.6), at most
 * four. Three where no standard deviation is above 0.
 */
export function decimalsFor(sds: readonly (number | null | undefined)[]): number {
  const largest = Math.max(0, ...sds.map((sd) => sd ?? 0));
  if (largest === 0) return 3;
  return Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(largest))));
}

/** Mean ± standard deviation, e.g. `0.712 ± 0.012`; the mean alone where there is one value, `n/a` where there is none. */
export function spreadText(spread: Pick<Spread, 'mean' | 'sd'> | undefined, decimals: number): string {
  if (spread === undefined || spread.mean === null) return UNDEFINED;
  const mean = spread.mean.toFixed(decimals).replace('-', '−');
  return spread.sd === null ? mean : `${mean} ± ${spread.sd.toFixed(decimals)}`;
}

/** A difference with its sign, `+` or `−`; without one where it rounds to 0. */
export function signedText(value: number, decimals: number): string {
  const size = Math.abs(value).toFixed(decimals);
  if (Number(size) === 0) return size;
  return `${value < 0 ? '−' : '+'}${size}`;
}

/** Every digit that tells a number from its neighbours, as programs read it; `n/a` where it is not defined. */
export function exactText(value: number | null | undefined): string {
  return value === null || value === undefined ? UNDEFINED : String(value);
}
