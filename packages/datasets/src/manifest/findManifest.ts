import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@refrain/core';

const ENDINGS = ['csv', 'tsv', 'jsonl', 'json', 'parquet'];

const NAMES = ['metadata', 'manifest'].flatMap((stem) =>
  ENDINGS.flatMap((ending) => [`${stem}.${ending}`, ...(ending === 'parquet' ? [] : [`${stem}.${ending}.gz`])]),
);

/** The manifest at `path`: the file itself, or in a folder the first that has one of the usual names, with the others that do. */
export async function findManifest(
  path: string,
): Promise<{ readonly file: string; readonly others: readonly string[] }> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new ConfigError('dataset.dir', `--dataset-dir: there is no file or folder ${path}.`);
  if (!info.isDirectory()) return { file: path, others: [] };
  const [file, ...others] = NAMES.filter((name) => existsSync(join(path, name)));
  if (file !== undefined) return { file: join(path, file), others };
  const names = ['metadata', 'manifest'].map((stem) => `${stem}.{${ENDINGS.join(',')}}`).join(' or ');
  throw new ConfigError(
    'dataset.dir',
    `--dataset-dir: no manifest in ${path}: looked for ${names}, also with .gz. Give the file itself if it has another name.`,
  );
}
