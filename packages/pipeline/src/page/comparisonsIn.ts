import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, messageOf, z } from '@refrain/core';
import type { ComparisonReport } from '../compare/report/report.ts';

const number = z.number().nullable();
const figures = z.record(z.string(), z.object({ mean: number, sd: number, values: z.array(number) }));
const differences = z.record(
  z.string(),
  z.object({
    difference: z.number(),
    interval: z.tuple([z.number(), z.number()]),
    verdict: z.enum(['better', 'worse', 'no difference']),
  }),
);

/** What a page shows of results.json. */
const REPORT = z.object({
  dataset: z.string(),
  evaluator: z.string(),
  trainClips: z.int().min(0),
  metrics: z.array(z.string()),
  parts: z.array(z.object({ name: z.string() })).min(1),
  rows: z.array(
    z.object({
      strategy: z.string(),
      role: z.enum(['whole', 'baseline', 'strategy']),
      asked: z.record(z.string(), z.union([z.number(), z.string()])),
      kept: z.int().min(0),
      budget: z.enum(['epochs', 'steps']),
      results: z.record(z.string(), figures),
      against: z.record(z.string(), z.record(z.string(), differences)).optional(),
    }),
  ),
  settings: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
});

/**
 * The reports in the folder of a comparison: its own, then those of further evaluators by their names. Undefined where the folder is of no comparison.
 * Throws a DataError that names the file and the field that is broken.
 */
export async function comparisonsIn(folder: string): Promise<ComparisonReport[] | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  if (!names.includes('results.json') || names.includes('metadata.json')) return undefined;
  const places = ['', ...names.sort()].map((name) => join(folder, name, 'results.json'));
  const reports = await Promise.all(places.map(reportIn));
  return reports.flatMap((report) => report ?? []);
}

async function reportIn(path: string): Promise<ComparisonReport | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new DataError(path, `${path} is not JSON (${messageOf(cause)}).`, { cause });
  }
  const { data, error } = REPORT.safeParse(content);
  // A page shows nothing of it but what was checked.
  if (data !== undefined) return data as unknown as ComparisonReport;
  const issue = error!.issues[0]!;
  throw new DataError(path, `${path}: "${issue.path.join('.')}": ${issue.message}. Expected what compare wrote.`);
}
