import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ConfigError, DataError, mean, messageOf } from '@refrain/core';

/** Figures that somebody else published, to stand beside a comparison's own. */
export interface Published {
  /** Name of the file. */
  readonly file: string;
  /** Macro averages over the tags, by metric. */
  readonly metrics: Readonly<Record<string, number>>;
  /** By metric, then by tag. */
  readonly perTag: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What CLMR calls the metrics, e.g. `all/test_tag_auc/guitar` for one tag over all segments. */
const METRICS = { 'PR-AUC': 'test_tag_ap', 'ROC-AUC': 'test_tag_auc' } as const;

// The means of the file are of float64, those of the tags may have gone through float32.
const TOLERANCE = 1e-5;

/**
 * The figures of a results.json as CLMR's linear evaluation writes it (Spijkervet & Burgoyne 2021): a value for each tag under
 * `all/test_tag_ap/TAG` and `all/test_tag_auc/TAG`, and their means under `hparams/`. Throws a ConfigError where the file cannot be read,
 * a DataError that names the key where it is of another form or its means are not those of its tags.
 */
export async function readPublished(path: string): Promise<Published> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigError('published', `\`published\` ${path}: cannot be read (${messageOf(cause)}).`, { cause });
  });
  const content = parse(text, path);
  const found = Object.entries(METRICS).map(([metric, key]) => {
    const tags = tagsUnder(`all/${key}/`, content, path);
    return { metric, tags, average: meanOf(tags, content[`hparams/${key}_mean`], path, key) };
  });
  return {
    file: basename(path),
    metrics: Object.fromEntries(found.map(({ metric, average }) => [metric, average])),
    perTag: Object.fromEntries(found.map(({ metric, tags }) => [metric, tags])),
  };
}

function parse(text: string, path: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new DataError(path, `${path} is not JSON (${messageOf(cause)}).`, { cause });
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return content as Readonly<Record<string, unknown>>;
  throw new DataError(path, `${path} must hold a JSON object, as CLMR's results.json does.`);
}

function tagsUnder(prefix: string, content: Readonly<Record<string, unknown>>, path: string): Record<string, number> {
  const found = Object.entries(content).filter(([key]) => key.startsWith(prefix));
  if (found.length === 0)
    throw new DataError(path, `${path} has no figure under "${prefix}TAG": expected CLMR's results.json.`);
  return Object.fromEntries(
    found.map(([key, value]) => {
      if (typeof value !== 'number' || !(value >= 0 && value <= 1))
        throw new DataError(path, `${path}: "${key}" is ${JSON.stringify(value)}, expected a number from 0 to 1.`);
      return [key.slice(prefix.length), value];
    }),
  );
}

function meanOf(tags: Readonly<Record<string, number>>, said: unknown, path: string, key: string): number {
  const values = Object.values(tags);
  const found = mean(values);
  if (said === undefined || Math.abs(Number(said) - found) <= TOLERANCE) return found;
  throw new DataError(
    path,
    `${path} says a mean ${key} of ${String(said)}, but its ${values.length} tags have ${found}.`,
  );
}
