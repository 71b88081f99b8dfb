import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { type PrunedFolder, readFolder } from '../folder/read.ts';
import { FILES } from '../folder/records.ts';
import type { RawValues } from '../settings/given.ts';
import { readRunFile, valuesOf } from '../settings/runFile.ts';

/**
 * The options that a folder was made with, as values to start from; a person's decisions are those in the folder. Throws a ConfigError that
 * names `option`, the one that named the folder, where they are not options.
 */
export function settingsOf({ path, metadata }: PrunedFolder, option: string): RawValues {
  const { overrides, ...settings } = valuesOf(
    metadata.settings,
    (why) => new ConfigError(option, `${join(path, FILES.metadata)}, settings: ${why}`),
  );
  return overrides === undefined ? settings : { ...settings, overrides: join(path, FILES.overrides) };
}

/** The options of the folder that `--base` names, to start from: those that decide about clips it has judged are its own again. Empty without one. */
export async function baseSettings(given: RawValues): Promise<RawValues> {
  const base = await folderNamed('base', given);
  if (base === undefined) return {};
  const { overrides: _, ...settings } = settingsOf(await readFolder(base), 'base');
  return settings;
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
