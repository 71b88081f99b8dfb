import { ConfigError, type JobTask } from '@refrain/core';
import type { TaskPlugins } from './taskPlugins.ts';

/** The tasks, each loaded when a recipe first asks for it. */
const TASKS: Readonly<Record<string, (given: TaskPlugins) => Promise<JobTask>>> = {
  similarities: async () => (await import('@refrain/kernels')).similarities,
  embed: async (given) => (await import('../embed/embedTask.ts')).embedTask(given),
};

/** Tasks that take no plugins: who processes them need not load any. */
export const WITHOUT_PLUGINS: ReadonlySet<string> = new Set(['similarities']);

/** The task of that name. Throws a ConfigError where there is none. */
export async function taskNamed(name: string, given: TaskPlugins): Promise<JobTask> {
  const load = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (load === undefined) throw new ConfigError('executor', `There is no task ${JSON.stringify(name)} here.`);
  return load(given);
}
