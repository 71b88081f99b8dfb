import { ConfigError, KINDS, messageOf, nearest, readTextFile } from '@refrain/core';
import { refuseRenamed } from '@refrain/pipeline/options';
import { canonicalName, isOwner } from './flags.ts';
import { ALL_OPTIONS, FLAGS } from './options.ts';

/** No option needs more; what reads them calls itself for each. */
const MOST_LEVELS = 16;

/**
 * The options in a JSON run file, by their canonical names. A component may be its name, `"dataset": "demo"`, or an object with
 * its options, `"dataset": { "use": "audio", "dir": "clips" }`. Throws a ConfigError that names the file and the option.
 */
export async function readRunFile(path: string): Promise<Record<string, unknown>> {
  const refuse = (why: string, cause?: unknown) => new ConfigError('config', `--config ${path}: ${why}`, { cause });
  const text = await readTextFile(path).catch((cause: unknown) => {
    throw refuse(`cannot be read (${messageOf(cause)}).`, cause);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw refuse(`is not JSON (${messageOf(cause)}).`, cause);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw refuse('must hold a JSON object.');
  return valuesOf(content, refuse);
}

/**
 * The options in an object of the run file's form, by their canonical names; also what metadata.json keeps under `settings`.
 * `refuse` makes the error for a sentence that says what is wrong.
 */
export function valuesOf(content: object, refuse: (why: string) => ConfigError): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(content)) {
    if (isDeeper(value, MOST_LEVELS)) throw refuse(`"${key}" is nested more than ${MOST_LEVELS} levels deep.`);
    const name = key === 'plugins' ? 'plugin' : canonicalName(key);
    if (name === 'config') throw refuse('a run file cannot name another one.');
    if (!name.includes('.') && !FLAGS.some((flag) => flag.name === name) && !isOwner(name)) {
      refuseRenamed(name);
      const known = [...Object.keys(ALL_OPTIONS), ...KINDS];
      const meant = nearest(key, known);
      throw refuse(
        meant === undefined
          ? `has no option "${key}". Known: ${known.join(', ')}.`
          : `has no option "${key}". Did you mean "${meant}"?`,
      );
    }
    if (name === 'evaluators' && typeof value === 'object' && value !== null) {
      for (const [owner, options] of Object.entries(value))
        for (const [option, given] of Object.entries(options ?? {})) values[`evaluators.${owner}.${option}`] = given;
    } else if (isOwner(name) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const { use, ...options } = value as Record<string, unknown>;
      if (use !== undefined) values[name] = use;
      for (const [option, given] of Object.entries(options)) values[`${name}.${option}`] = given;
    } else {
      values[name] = value;
    }
  }
  return values;
}

/** Whether a value has more than so many levels of lists and objects in it. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
