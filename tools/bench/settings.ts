import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ConfigError } from '@refrain/core';

/** What the command line asks for. Where a list or a number is undefined, the benchmark has a default of its own. */
export interface Settings {
  readonly names: readonly string[];
  readonly rows: readonly number[] | undefined;
  readonly pythonRows: readonly number[] | undefined;
  readonly workers: number;
  readonly repeat: number | undefined;
  readonly cols: number;
  readonly seed: number;
  readonly modes: readonly string[] | undefined;
  readonly folder: string | undefined;
  readonly write: boolean;
  readonly help: boolean;
}

/** Reads the command line. Throws a ConfigError that names the option. */
export function settingsOf(parameters: readonly string[]): Settings {
  const { values, positionals } = parsed(parameters);
  return {
    names: positionals,
    rows: integersOf('--n', values.n, 2),
    pythonRows: integersOf('--python-n', values['python-n'], 2),
    workers: integersOf('--workers', values.workers, 1)?.[0] ?? Math.min(2, availableParallelism()),
    repeat: integersOf('--repeat', values.repeat, 1)?.[0],
    cols: integersOf('--dim', values.dim, 1)?.[0] ?? 512,
    seed: integersOf('--seed', values.seed, 0)?.[0] ?? 0,
    modes: values.modes?.split(',').map((mode) => mode.trim()),
    folder: values.folder,
    write: values.write ?? false,
    help: values.help ?? false,
  };
}

function parsed(parameters: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        n: text,
        'python-n': text,
        workers: text,
        repeat: text,
        dim: text,
        seed: text,
        modes: text,
        folder: text,
        write: flag,
        help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    throw new ConfigError('command line', (error as Error).message, { cause: error });
  }
}

function integersOf(option: string, text: string | undefined, least: number): number[] | undefined {
  if (text === undefined) return undefined;
  return text.split(',').map((part) => {
    const value = Number(part.replaceAll('_', ''));
    if (part.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new ConfigError(
        option,
        `${option}: expected whole numbers of ${least} or more, separated by commas, got "${part}".`,
      );
    }
    return value;
  });
}
