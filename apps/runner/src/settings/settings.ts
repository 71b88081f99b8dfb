import { dirname, resolve } from 'node:path';
import { ConfigError } from '@refrain/core';
import { completeSettings, type Settings } from '@refrain/pipeline';
import { kebabCase, type Option, refuseContradictions, type ValuesOf } from '@refrain/pipeline/options';
import { chooseComponents } from './choices.ts';
import { inherited, isGiven, namesOf, overFile, type RawValues, withAbsolutePaths } from './given.ts';
import { ALL_OPTIONS, type AllValues, type COMMAND_OPTIONS, checked } from './options.ts';
import { readRunFile } from './runFile.ts';

/** What a command needs to know: the settings of the run, and what is written where. */
export type CommandSettings = Settings & ValuesOf<typeof COMMAND_OPTIONS>;

/**
 * The settings from the command line's values (kebab-case and dotted names) and the run file that `config` names; both win over `base`.
 * Throws a ConfigError that names the option.
 */
export async function readSettings(
  given: RawValues,
  base: RawValues = {},
  pluginFolder = pluginFolderOf(given),
): Promise<CommandSettings> {
  const file = typeof given.config === 'string' ? await readRunFile(given.config) : {};
  const { config: _, ...flags } = given;
  const own = overFile(file, flags);
  refuseContradictions((name) => isGiven(own, kebabCase(name)));
  if (isGiven(own, 'output') && isGiven(own, 'output-dir'))
    throw new ConfigError(
      'output-dir',
      '--output and --output-dir exclude each other: --output names the folder itself, --output-dir the place for a new one. Leave one of them out.',
    );
  const merged = withAbsolutePaths({ ...inherited(base, own), ...own });
  // A strategy prunes what the second clustering leaves over: to it both are one.
  const recluster = namesOf('noise').filter((name) => merged[name] === 'recluster');
  for (const name of recluster) merged[name] = 'prune';
  const run = ownValues(merged);
  const chosen = {
    choices: chooseComponents(merged, run.probe),
    ownChoices: chooseComponents(withAbsolutePaths(own), run.probe),
    outsideAudio: run.outsideAudio || isGiven(own, 'dataset-dir') || !isGiven(base, 'dataset-dir'),
    recluster: recluster.length > 0,
  };
  return completeSettings({ ...run, ...chosen, pluginFolder }, run.plugin);
}

/** Where plugins are found from: the folder of the run file, else the working directory. */
export function pluginFolderOf({ config }: RawValues): string {
  return typeof config === 'string' ? dirname(resolve(config)) : process.cwd();
}

/** The checked values of the options of the run and the command; those of components are checked by them. */
function ownValues(merged: RawValues): AllValues {
  const own = Object.entries<Option>(ALL_OPTIONS).filter(([, { sets }]) => sets === undefined);
  return Object.fromEntries(
    own.map(([name]) => [name, checked(name as keyof AllValues, merged[kebabCase(name)])]),
  ) as unknown as AllValues;
}
