import { pythonFile } from './folders.ts';
import { lastLine, type Measurement, measured, outputOf } from './runChild.ts';

/** The packages that benchmarks measure beside ours, where Python has them. */
const MODULES = ['numpy', 'torch', 'librosa', 'soundfile', 'sklearn', 'hdbscan', 'fast_hdbscan'] as const;
type Module = (typeof MODULES)[number];

/** Numbers libraries read these when they are imported: a process of Python then computes on one thread, as what it is compared with does. */
const ONE_THREAD = {
  OPENBLAS_NUM_THREADS: '1',
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  NUMBA_NUM_THREADS: '1',
};

/** What there is of Python. */
export interface FoundPython {
  readonly python: string;
  /** The version of each package, null where it is absent. */
  readonly modules: Readonly<Record<Module, string | null>>;
}

/** Runs one of the benchmarks' Python programs, whose last line is a report, on one thread. `REFRAIN_PYTHON` names the python3 to take. */
export function runPython(file: string, parameters: readonly string[]): Promise<Measurement> {
  return measured(pythonProgram(), [pythonFile(file), ...parameters], pinned());
}

/** What one of the benchmarks' Python programs says in its last line, which is JSON. */
export async function askPython(file: string, parameters: readonly string[]): Promise<unknown> {
  const { stdout } = await outputOf(pythonProgram(), [pythonFile(file), ...parameters], pinned());
  return JSON.parse(lastLine(stdout));
}

/** What there is of Python; undefined where there is none. */
export function findPython(): Promise<FoundPython | undefined> {
  return (askPython('modules.py', MODULES) as Promise<FoundPython>).catch(() => undefined);
}

/** Which Python packages are measured, and which are not because they were not found. */
export function foundSentence(found: FoundPython | undefined): string {
  if (found === undefined) {
    return `No Python is measured: ${pythonProgram()} cannot be started. REFRAIN_PYTHON names a python3.`;
  }
  const versions = MODULES.flatMap((name) => (found.modules[name] === null ? [] : [`${name} ${found.modules[name]}`]));
  const absent = MODULES.filter((name) => found.modules[name] === null);
  const without = absent.length === 0 ? '' : `; not found, so not measured: ${absent.join(', ')}`;
  const hint = absent.length === 0 ? '' : ' REFRAIN_PYTHON names another python3.';
  return `Python ${found.python} with ${versions.join(', ') || 'none of the packages'}${without}.${hint}`;
}

function pythonProgram(): string {
  return process.env.REFRAIN_PYTHON ?? 'python3';
}

function pinned(): NodeJS.ProcessEnv {
  return { ...process.env, ...ONE_THREAD };
}
