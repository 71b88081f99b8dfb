import { ConfigError, DataError, KINDS, PluginError } from '@refrain/core';
import { kebabCase } from '@refrain/pipeline/options';
import { FLAGS } from './options.ts';

/** A name from the command line or a run file in the form `Settings` are read from: kebab-case, or `kind.option` as the component spells it. */
export function canonicalName(name: string): string {
  const dot = name.indexOf('.');
  if (dot < 0) return kebabCase(name);
  const dotted = `${kebabCase(name.slice(0, dot))}${name.slice(dot)}`;
  // A limit of one kind of group is an option of its own.
  return dotted.replace(/^(max|min)-per-group\./, '$1-per-');
}

/** How a user writes an option of the run, `--keep`, or of a component: `--t (pruner.t)`, or `--pruner.kappa` where there is no short form. */
export function spelling(option: string): string {
  const name = canonicalName(option);
  const flag = FLAGS.find((one) => one.sets === name && one.name !== name);
  return flag === undefined ? `--${name}` : `--${flag.name} (${name})`;
}

/** A message of the library, in which options stand in backquotes by their names there, with each as the command line spells it. */
export function asTyped(message: string): string {
  return message.replace(/`([a-z][\w-]*(?:\.\w+)?)`/g, (quoted, name: string) =>
    isOption(name) ? spelling(name) : quoted,
  );
}

function isOption(name: string): boolean {
  const canonical = canonicalName(name);
  const [owner, option] = canonical.split('.');
  return (option !== undefined && isOwner(owner!)) || FLAGS.some((flag) => flag.name === canonical);
}

const OWNERS: readonly string[] = [...KINDS, 'linear-probe', 'coverage', 'evaluators'];

/** Whether components have options under this name: a kind, or an evaluator. */
export function isOwner(name: string): boolean {
  return OWNERS.includes(name);
}

/** An error of the library with its options as the command line spells them; anything else as it is. */
export function typedError(error: unknown): unknown {
  if (error instanceof DataError) return new DataError(error.source, asTyped(error.message), { cause: error });
  if (error instanceof PluginError) return new PluginError(error.plugin, asTyped(error.message), { cause: error });
  if (!(error instanceof ConfigError)) return error;
  const { option } = error;
  const text = asTyped(error.message);
  // A component names its option in its own way, and may name it nowhere.
  const own = `${option}: `;
  const named =
    !option.includes('.') || text.includes('--')
      ? text
      : `${spelling(option)}: ${text.startsWith(own) ? text.slice(own.length) : text}`;
  return new ConfigError(option, named, { cause: error });
}
