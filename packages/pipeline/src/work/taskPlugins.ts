import type { LoadedPlugin } from '../assembly/loadPlugins.ts';
import type { MappedPaths } from './mappedPaths.ts';

/** What every task has at hand: the plugins of the machine that processes, none that a recipe could name. */
export interface TaskPlugins {
  readonly plugins: readonly LoadedPlugin[];
  /** Where files are here that a recipe or a job names, and which of them may be opened; absent where jobs are of this process itself. */
  readonly paths?: MappedPaths | undefined;
}
