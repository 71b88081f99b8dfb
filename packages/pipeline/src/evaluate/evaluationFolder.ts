import { join } from 'node:path';
import { largest, writeFileAtomic } from '@refrain/core';
import { spreadsheetCell } from '../compare/report/delimited.ts';
import type { SetResult } from './evaluate.ts';
import { safetensorsBytes } from './safetensors.ts';

/** The metrics that the seed's result files hold, in its order and spelling. */
const SEED_METRICS = ['PR-AUC', 'ROC-AUC', 'Accuracy'];

/** Where the heads of an evaluation come from. */
export interface HeadOrigin {
  /** Whether the head was loaded from a file; else it was trained on the kept clips. */
  readonly loaded: boolean;
  /** What the file of a trained head says about the features it was trained on. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes an evaluation folder: results.json with every value of every set, the seed's text file of the pruned set (which has another name
 * where the head was loaded), per_tag.tsv, and the head that was trained on the kept clips with the first seed as .safetensors.
 */
export async function writeEvaluation(
  folder: string,
  results: readonly SetResult[],
  classes: readonly string[],
  head: HeadOrigin,
): Promise<void> {
  await writeFileAtomic(join(folder, 'results.json'), `${JSON.stringify(results.map(resultRecord), undefined, 2)}\n`);
  const pruned = results.find((result) => result.name === 'pruned');
  const lines = SEED_METRICS.filter((name) => pruned?.metrics[name] !== undefined).map(
    (name) => `${name}: ${pruned!.metrics[name]!.mean}\n`,
  );
  const text = head.loaded ? 'pretrained_results.txt' : 'pruned_trained_results.txt';
  if (lines.length > 0) await writeFileAtomic(join(folder, text), lines.join(''));
  const perTag = perTagTable(results, classes);
  if (perTag !== undefined) await writeFileAtomic(join(folder, 'per_tag.tsv'), perTag);
  const { parameters, metrics = {} } =
    Object.values(pruned?.first ?? {}).find((one) => one.parameters !== undefined) ?? {};
  if (parameters !== undefined) {
    const seeds = largest(Object.keys(metrics).map((name) => pruned!.metrics[name]!.values.length));
    const metadata = { ...head.metadata, seed: `the first of ${seeds}` };
    await writeFileAtomic(join(folder, 'pruned_finetuner.safetensors'), safetensorsBytes(parameters, metadata));
  }
}

function resultRecord({ name, clips, metrics, first }: SetResult): object {
  const details = Object.fromEntries(
    Object.entries(first).flatMap(([evaluator, { details: found }]) =>
      found === undefined ? [] : [[evaluator, found]],
    ),
  );
  return { set: name, clips, metrics, details };
}

/** One line per class: of every set's first seed the train clips of the class and every per-class metric; `n/a` where undefined. */
function perTagTable(results: readonly SetResult[], classes: readonly string[]): string | undefined {
  const found = results.map(({ name, first }) =>
    Object.values(first).flatMap(({ perClass = {} }) =>
      Object.entries(perClass).map(([metric, values]) => ({
        title: `${name} ${metric}`,
        cells: values.map((value) => (Number.isNaN(value) ? 'n/a' : value.toFixed(6))),
      })),
    ),
  );
  if (found.flat().length === 0) return undefined;
  const columns = results.flatMap(({ name, positives }, i) => [
    { title: `${name} positives`, cells: positives.map(String) },
    ...found[i]!,
  ]);
  const header = ['tag', ...columns.map((column) => column.title)];
  const rows = classes.map((tag, i) => [
    spreadsheetCell(tag).replaceAll(/[\t\r\n]/g, ' '),
    ...columns.map(({ cells }) => cells[i]!),
  ]);
  return [header, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
