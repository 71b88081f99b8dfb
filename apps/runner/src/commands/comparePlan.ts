import { dirname, resolve } from 'node:path';
import { ConfigError } from '@refrain/core';
import { readRunFile } from '../settings/runFile.ts';
import { type RawValues, shareOf } from '../settings/settings.ts';
import type { Grid } from '../stages/compare/grid.ts';
import type { Budget } from '../stages/compare/probes.ts';
import type { Grouping } from '../stages/compare/testParts.ts';

/** How probes are compared, beside the grid. */
export interface Plan {
  readonly budgets: readonly Budget[];
  readonly resampleBy: Grouping | undefined;
}

/** Splits the lists of a comparison off the values; `rest` is for the settings. Throws a ConfigError that names the option. */
export async function readPlan(given: RawValues): Promise<{
  readonly grid: Grid;
  readonly plan: Plan;
  readonly rest: RawValues;
}> {
  const { config, ...flags } = given;
  const file = typeof config === 'string' ? await readRunFile(config) : {};
  const values: Record<string, unknown> = { ...file, ...flags };
  const take = (...names: readonly string[]): string[] => {
    const found = names.map((name) => values[name]).find((value) => value !== undefined);
    for (const name of names) delete values[name];
    if (found === undefined) return [];
    return (Array.isArray(found) ? found.map(String) : String(found).split(',')).map((one) => one.trim());
  };
  const grid = {
    strategies: orElse(take('pruner'), ['jensen-shannon']),
    t: take('t', 'pruner.t').map((value) => inRange('t', value, Number(value), 0)),
    keep: take('keep').map((value) => inRange('keep', value, Number(shareOf(value)), Number.MIN_VALUE)),
    noise: take('noise', 'pruner.noise').map((value) => oneOf('noise', value, ['prune', 'keep', 'recluster'] as const)),
  };
  const plan = {
    budgets: orElse(take('budget'), ['epochs', 'steps']).map((value) =>
      oneOf('budget', value, ['epochs', 'steps'] as const),
    ),
    resampleBy: take('resample-by').map((value) =>
      oneOf('resample-by', value, ['track', 'artist', 'clip'] as const),
    )[0],
  };
  if (typeof config === 'string' && Array.isArray(values.plugin)) {
    // Found from the run file's folder, which the rest does not name any more.
    values.plugin = values.plugin.map((name) =>
      /^\.{1,2}[\\/]/.test(String(name)) ? resolve(dirname(config), String(name)) : name,
    );
  }
  const isSaid = grid.t.length + grid.keep.length > 0;
  return { grid: isSaid ? grid : { ...grid, keep: [0.75, 0.5, 0.25] }, plan, rest: values };
}

function orElse(list: readonly string[], usual: readonly string[]): readonly string[] {
  return list.length > 0 ? list : usual;
}

function inRange(name: string, text: string, value: number, least: number): number {
  if (value >= least && value <= 1) return value;
  throw new ConfigError(name, `--${name} ${text}: expected numbers from 0 to 1, separated by commas.`);
}

function oneOf<T extends string>(name: string, value: string, names: readonly T[]): T {
  const found = names.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ConfigError(name, `--${name} ${value}: expected some of ${names.join(', ')}, separated by commas.`);
}
