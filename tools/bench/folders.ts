import { basename, dirname, join } from 'node:path';

/** The folder of the benchmarks' sources, also when they run compiled, from its dist/. */
const benchFolder = basename(import.meta.dirname) === 'dist' ? dirname(import.meta.dirname) : import.meta.dirname;

/** The page that `--write` changes. */
export const docsFile = join(benchFolder, '..', '..', 'docs', 'benchmarks.md');

/** The program that measures Python packages. */
export const pythonFile = join(benchFolder, 'peers.py');
