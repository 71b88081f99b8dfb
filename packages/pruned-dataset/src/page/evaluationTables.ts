import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, mean, messageOf, quantile, z } from '@refrain/core';
import { FILES, fitting } from '../schemas.ts';
import type { EvaluationTables, Figure, Interval } from './pageData.ts';

/** Of the intervals. */
const LEVEL = 0.95;

const number = z.number().nullable();
const RESULTS = z.array(
  z.object({
    set: z.string(),
    clips: z.int().min(0),
    metrics: z.record(z.string(), z.object({ mean: number, sd: number, values: z.array(number) })),
    differences: z
      .record(z.string(), z.object({ difference: z.number(), interval: z.tuple([z.number(), z.number()]) }))
      .optional(),
  }),
);

/** What the folder `evaluation` of a pruned dataset folder says; undefined where nothing was evaluated. Throws a DataError that names the broken file. */
export async function evaluationTables(folder: string): Promise<EvaluationTables | undefined> {
  const file = join(folder, FILES.evaluation, 'results.json');
  const text = await textOf(file);
  if (text === undefined) return undefined;
  const results = fitting(RESULTS, parsed(text, file), file);
  const perTag = await textOf(join(folder, FILES.evaluation, 'per_tag.tsv'));
  const sets = results.map(({ set, clips, metrics }) => ({ set, clips, metrics }));
  const metricsOf = (name: string) => sets.find(({ set }) => set === name)?.metrics ?? {};
  return {
    sets,
    differences: {
      ...differencesOf(metricsOf('pruned'), metricsOf('random')),
      ...statedDifferences(results.find(({ set }) => set === 'pruned')?.differences),
    },
    ...(perTag !== undefined && { perTag: tagColumns(perTag) }),
  };
}

/** Those that the run states, whose intervals hold for other test clips as well. */
function statedDifferences(
  stated: Readonly<Record<string, { readonly difference: number; readonly interval: readonly number[] }>> = {},
): EvaluationTables['differences'] {
  const intervals = Object.entries(stated).map(([metric, { difference, interval }]) => {
    const [low, high] = interval as readonly [number, number];
    return [metric, { difference, low, high, of: 'seeds' as const }] as const;
  });
  return Object.fromEntries(intervals);
}

/** Pruned minus random, for each metric that has one value for the pruned set and several draws of random ones. */
export function differencesOf(
  pruned: Readonly<Record<string, Figure>>,
  random: Readonly<Record<string, Figure>>,
): EvaluationTables['differences'] {
  const found = Object.entries(pruned).flatMap(([metric, figure]) => {
    const other = random[metric];
    const interval = other && amongDraws(figure.values, other.values);
    return interval === undefined ? [] : [[metric, interval] as const];
  });
  return Object.fromEntries(found);
}

/**
 * How far one value lies from the middle 95 % of the draws. Undefined where a value is, or there are no two draws. What varies with the seed alone
 * says nothing of other test clips: for that the run states intervals.
 */
function amongDraws(pruned: Figure['values'], random: Figure['values']): Interval | undefined {
  const [own, others] = [pruned.filter(isNumber), random.filter(isNumber)];
  if (own.length !== 1 || pruned.length > 1 || others.length < random.length || others.length < 2) return undefined;
  const sorted = Float64Array.from(others).sort();
  const from = (share: number) => own[0]! - quantile(sorted, share);
  return { difference: own[0]! - mean(others), low: from((1 + LEVEL) / 2), high: from((1 - LEVEL) / 2), of: 'draws' };
}

function isNumber(value: number | null): value is number {
  return value !== null;
}

function tagColumns(text: string): NonNullable<EvaluationTables['perTag']> {
  const [header = [], ...rows] = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const numberOf = (cell: string | undefined) => (cell === undefined || cell === 'n/a' ? null : finite(Number(cell)));
  return {
    tags: rows.map(([tag]) => tag!),
    columns: Object.fromEntries(header.slice(1).map((name, i) => [name, rows.map((row) => numberOf(row[i + 1]))])),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw new DataError(file, `${file} cannot be read (${cause.message}).`, { cause });
  });
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(file, `${file} is not JSON (${messageOf(cause)}).`, { cause });
  }
}
