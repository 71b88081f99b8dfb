import type { ConfigError } from '@refrain/core';
import { EMBEDDING_FLAGS } from './flags/embedding.ts';
import { EVALUATION_FLAGS } from './flags/evaluation.ts';
import type { Flag } from './flags/flag.ts';
import { OUTPUT_FLAGS } from './flags/output.ts';
import { PRUNING_FLAGS } from './flags/pruning.ts';

/** Every option, in the order of the help. Options of components have a long form besides, `--pruner.t 0.5`, for those without a short one too. */
export const FLAGS: readonly Flag[] = [...EMBEDDING_FLAGS, ...PRUNING_FLAGS, ...EVALUATION_FLAGS, ...OUTPUT_FLAGS];

/** A name in any spelling (`min_cluster_size`, `minClusterSize`) as the kebab-case of flags. */
function kebabCase(name: string): string {
  return name
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/** A name from the command line or a run file in the form `Settings` are read from: kebab-case, or `kind.option` as the component spells it. */
export function canonicalName(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? kebabCase(name) : `${kebabCase(name.slice(0, dot))}${name.slice(dot)}`;
}

/** How a user writes a component option: `--t (pruner.t)`, or `--pruner.kappa` where there is no short form. */
export function spelling(option: string): string {
  const flag = FLAGS.find((one) => one.sets === option);
  return flag === undefined || flag.name === option ? `--${option}` : `--${flag.name} (${option})`;
}

/** The message of an error about an option, which it names once, as the command line spells it. */
export function asTyped({ option, message }: Pick<ConfigError, 'option' | 'message'>): string {
  if (!option.includes('.') || message.includes('--')) return message;
  // A component names its option in its own way.
  const own = `${option}: `;
  return `${spelling(option)}: ${message.startsWith(own) ? message.slice(own.length) : message}`;
}
