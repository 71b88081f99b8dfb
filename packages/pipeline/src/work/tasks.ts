import { ConfigError, type JobTask } from '@refrain/core';
import type { LoadedPlugin } from '../assembly/loadPlugins.ts';
import type { MappedPaths } from './mappedPaths.ts';

/** What every task has at hand: the plugins of the machine that processes, none that a recipe could name. */
export interface TaskPlugins {
  readonly plugins: readonly LoadedPlugin[];
  /** Where files are here that a recipe or a job names, and which of them may be opened; absent where jobs are of this process itself. */
  readonly paths?: MappedPaths | undefined;
}

/** The tasks, each loaded when a recipe first asks for it. */
const TASKS: Readonly<Record<string, (given: TaskPlugins) => Promise<JobTask>>> = {
  similarities: async () => (await import('@refrain/kernels')).similarities,
};

/** The task of that name. Throws a ConfigError where there is none. */
export async function taskNamed(name: string, given: TaskPlugins): Promise<JobTask> {
  const load = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (load === undefined) throw new ConfigError('executor', `There is no task ${JSON.stringify(name)} here.`);
  return load(given);
}
