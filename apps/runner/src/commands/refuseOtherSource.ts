import { ConfigError } from '@refrain/core';
import { resolvedSettings } from '@refrain/pipeline';
import type { PrunedFolder } from '@refrain/pruned-dataset';
import { spelling } from '../settings/flags.ts';
import { withAbsolutePaths } from '../settings/given.ts';
import { FLAGS } from '../settings/options.ts';
import { valuesOf } from '../settings/runFile.ts';
import type { Session } from './session.ts';

/** The options that embeddings and clusters came from: with others, a folder is no use. */
const SETTLED = new Set(
  FLAGS.filter(({ invalidates }) => invalidates !== undefined && invalidates !== 'choice').map(({ name }) => name),
);

/** Throws a ConfigError for an option with which a folder would need the audio again. */
export function refuseOtherSource(session: Session, { path, metadata }: PrunedFolder): void {
  const now = settledValues(JSON.parse(JSON.stringify(resolvedSettings(session))) as object);
  const then = settledValues(metadata.settings);
  const name = [...then.keys(), ...now.keys()].find((one) => now.get(one) !== then.get(one));
  if (name === undefined) return;
  const was = then.has(name) ? `${spelling(name)} ${then.get(name)}` : `no ${spelling(name)}`;
  throw new ConfigError(
    name,
    `--reuse keeps the embeddings and clusters of ${path}, which were made with ${was}, not ${now.get(name) ?? 'without'}: ` +
      'prune the dataset anew, without --reuse.',
  );
}

/** The settled options by name, those of components too, each as text. */
function settledValues(settings: object): Map<string, string> {
  const values = Object.entries(withAbsolutePaths(valuesOf(settings, (why) => new ConfigError('reuse', why))));
  return new Map(
    values
      .filter(([name]) => SETTLED.has(name.split('.')[0]!))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
