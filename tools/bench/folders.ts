import { basename, dirname, join, resolve } from 'node:path';

/** The folder of the benchmarks' sources, also when they run compiled, from its dist/. */
const benchFolder = basename(import.meta.dirname) === 'dist' ? dirname(import.meta.dirname) : import.meta.dirname;

/** The page that `--write` changes. */
export const docsFile = join(benchFolder, '..', '..', 'docs', 'benchmarks.md');

/** The path of a Python program of the benchmarks. */
export function pythonFile(name: string): string {
  return join(benchFolder, name);
}

/** Where real audio and real encoders lie. */
export const testDataFolder = resolve(
  process.env.REFRAIN_TEST_DATA ?? join(benchFolder, '..', '..', '..', 'shared', 'data'),
);
