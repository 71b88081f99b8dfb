import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { FILES, type PrunedFolder, readPrunedDataset } from '@refrain/pruned-dataset';
import { omit, type RawValues } from '../settings/given.ts';
import { FLAGS } from '../settings/options.ts';
import { readRunFile, valuesOf } from '../settings/runFile.ts';

/** What a folder says of how it was made. It may be a stranger's: nothing that it names is loaded or run on its word. */
export interface FolderWord {
  readonly folder: string;
  /** Its options, as values to start from; none that only a person may say. */
  readonly values: RawValues;
  /** The plugins that were loaded then. */
  readonly plugins: readonly string[];
}

/**
 * The options that a folder was made with; a person's decisions are those in the folder. Throws a ConfigError that names `option`, the one
 * that named the folder, where they are not options.
 */
export function settingsOf({ path, metadata }: PrunedFolder, option: string): FolderWord {
  const { overrides, plugin, ...values } = valuesOf(
    metadata.settings,
    (why) => new ConfigError(option, `${join(path, FILES.metadata)}, settings: ${why}`),
  );
  for (const { name, ownWordOnly } of FLAGS) if (ownWordOnly) omit(values, name);
  return {
    folder: path,
    values: overrides === undefined ? values : { ...values, overrides: join(path, FILES.overrides) },
    plugins: Array.isArray(plugin) ? plugin.map(String) : [],
  };
}

/** What the folder that `--base` names says, without what decided about the clips it has judged. Undefined without one. */
export async function baseSettings(given: RawValues): Promise<FolderWord | undefined> {
  const base = await folderNamed('base', given);
  if (base === undefined) return undefined;
  const { values, ...word } = settingsOf(await readPrunedDataset(base), 'base');
  const { overrides: _, ...settings } = values;
  return { ...word, values: settings };
}

/**
 * The folder that a command reads, and the other values; it stands after the command, or is given as an option. Throws a ConfigError where it is
 * missing.
 */
export function namedFolder({
  'pruned-dataset-path': path,
  ...rest
}: RawValues): readonly [path: string, rest: RawValues] {
  if (typeof path === 'string') return [path, rest];
  throw new ConfigError(
    'prunedDatasetPath',
    'The folder that `refrain prune` wrote is missing: name it after the command.',
  );
}

/** The folder that an option names, on the command line or in the run file. */
export async function folderNamed(
  option: 'base' | 'reuse',
  { [option]: said, config }: RawValues,
): Promise<string | undefined> {
  const file = said === undefined && typeof config === 'string' ? await readRunFile(config) : {};
  const name = said ?? file[option];
  return name === undefined ? undefined : String(name);
}
