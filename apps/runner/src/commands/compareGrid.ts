import { ConfigError } from '@refrain/core';
import type { Grid } from '@refrain/pipeline';
import { overFile, type RawValues } from '../settings/given.ts';
import { checked } from '../settings/options.ts';
import { readRunFile } from '../settings/runFile.ts';

/** Splits the lists of a comparison off the values; `rest` is for the settings. Throws a ConfigError that names the option. */
export async function readGrid(given: RawValues): Promise<{
  readonly grid: Grid;
  /** Of strategies, for those that have them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly rest: RawValues;
}> {
  const { config, ...flags } = given;
  const file = typeof config === 'string' ? await readRunFile(config) : {};
  const values = overFile(file, flags);
  const take = (...names: readonly string[]): string[] => {
    const found = names.map((name) => values[name]).find((value) => value !== undefined);
    for (const name of names) delete values[name];
    if (found === undefined) return [];
    const list = (Array.isArray(found) ? found.map(String) : String(found).split(',')).map((one) => one.trim());
    // Number('') is 0, so a comma too many would ask for a value that nobody wrote.
    if (list.includes(''))
      throw new ConfigError(names[0]!, `--${names[0]} ${found}: there is an empty place in the list.`);
    return [...new Set(list)];
  };
  const grid = {
    strategies: orElse(take('pruner'), ['jensen-shannon']),
    t: unique(take('t', 'pruner.t').map((value) => checkedT(value))),
    keep: unique(take('keep').map((value) => checked('keep', value)!)),
    noise: take('noise', 'pruner.noise').map((value) => oneOf('noise', value, ['prune', 'keep', 'recluster'] as const)),
  };
  const options = takeOptions(values);
  const evaluator = orElse(take('evaluator'), ['linear-probe']);
  const isSaid = grid.t.length + grid.keep.length > 0;
  return { grid: isSaid ? grid : { ...grid, keep: [0.75, 0.5, 0.25] }, options, rest: { ...values, evaluator } };
}

function orElse(list: readonly string[], usual: readonly string[]): readonly string[] {
  return list.length > 0 ? list : usual;
}

/** Takes the options of strategies off the values: `--pruner.NAME`, `--theta` and `--threshold`. */
function takeOptions(values: Record<string, unknown>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const isShort = name === 'threshold' || name === 'theta';
    const option = isShort ? name : name.startsWith('pruner.') ? name.slice('pruner.'.length) : undefined;
    if (option === undefined) continue;
    delete values[name];
    if (value !== undefined) options[option] = value;
  }
  return options;
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}

function checkedT(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new ConfigError('t', `--t ${text}: expected numbers from 0 to 1, separated by commas.`);
}

function oneOf<T extends string>(name: string, value: string, names: readonly T[]): T {
  const found = names.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ConfigError(name, `--${name} ${value}: expected some of ${names.join(', ')}, separated by commas.`);
}
