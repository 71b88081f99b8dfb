import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * Starts a process that runs `module` beside the caller, named as for `startWorker`, for native code that only the end of its process can stop.
 * Messages go both ways as structured clones; what it writes is dropped. It is small where the module imports little.
 */
export function startProcess(caller: string, module: string): ChildProcess {
  const url = new URL(`${module}${RUNS_FROM_SOURCE ? '.ts' : '.js'}`, caller);
  return fork(fileURLToPath(url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: RUNS_FROM_SOURCE ? ['--import', new URL('./fromSource.mjs', import.meta.url).href] : [],
  });
}
