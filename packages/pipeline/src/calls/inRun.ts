import { join } from 'node:path';
import type { Host } from '@refrain/core';
import { assemble } from '../assembly/assemble.ts';
import { type LoadedPlugin, loadPlugins } from '../assembly/loadPlugins.ts';
import { refuseUnasked } from '../assembly/refuseUnasked.ts';
import { Places } from '../cache/places.ts';
import { rememberingKernel } from '../cache/rememberedSimilarities.ts';
import { MemoryLimit } from '../memory/memoryLimit.ts';
import { DEFAULT_COMPONENTS } from '../options/components.ts';
import type { Run } from '../run.ts';
import { isWithoutDataset, type Settings } from '../settings.ts';
import { threadProcessors } from '../work/apartProcessors.ts';
import { FolderStore } from '../work/folderStore.ts';
import { sharing, type WorkerShares } from '../work/workerShares.ts';
import { type PipelineOptions, settingsOf } from './options.ts';

/** Does `work` with the components that the options choose, and closes what was opened for it, come what may. */
export async function inRun<T>(options: PipelineOptions, work: (run: Run) => Promise<T>): Promise<T> {
  const settings = settingsOf(options);
  const places = new Places();
  return withComponents(settings, hostOf(options, settings), async (run) => {
    if (!isWithoutDataset(settings)) await places.make(settings.cacheDir, 'cacheDir');
    return work(run);
  }).finally(() => places.release());
}

/** The same with settings and a host that are there already; what `earlier`, a folder, asks for and the user does not is refused before anything is made. */
export async function withComponents<T>(
  settings: Settings,
  given: Host,
  work: (run: Run, plugins: readonly LoadedPlugin[]) => Promise<T>,
  earlier?: Parameters<typeof refuseUnasked>[2],
): Promise<T> {
  const plugins = await loadPlugins(settings.plugins, settings.pluginFolder);
  if (earlier !== undefined) refuseUnasked(plugins, settings, earlier);
  const memory = settings.maxMemory === undefined ? undefined : new MemoryLimit(settings.maxMemory, given.workers);
  const host = memory === undefined ? given : within(memory, given, settings.maxMemory);
  const store = new FolderStore(join(settings.cacheDir, 'content'));
  const { pluginFolder, cacheDir } = settings;
  const processors = threadProcessors({
    place: { plugins: settings.plugins, pluginFolder, cacheDir, isMemoryLimited: memory !== undefined },
    notice: host.notice,
  });
  const workers: WorkerShares = {};
  const assembly = assemble(
    plugins,
    settings.choices,
    { host, processors, store },
    {
      executor: (executor) => (executor.name === DEFAULT_COMPONENTS.executor ? executor : sharing(executor, workers)),
      kernel: (kernel) => rememberingKernel(kernel, join(settings.cacheDir, 'similarities'), host.notice),
    },
  );
  try {
    return await work({ settings, assembly, host, workers, ...(memory && { memory }) }, plugins);
  } finally {
    await assembly.close();
  }
}

/** The host with as many threads as there is memory for. */
function within(memory: MemoryLimit, host: Host, maxMemory: number | undefined): Host {
  return {
    ...host,
    maxMemory,
    get workers() {
      return memory.threads;
    },
  };
}

/** The host of a call. */
export function hostOf(
  { signal, onProgress, onNotice }: PipelineOptions,
  { cacheDir, workers }: Pick<Settings, 'cacheDir' | 'workers'>,
): Host {
  const told = new Set<string>();
  return {
    cacheDir,
    workers,
    signal: signal ?? new AbortController().signal,
    progress: (label, total, unit) => {
      let done = 0;
      const report = () => onProgress?.({ label, done, total, unit });
      report();
      return {
        advance: (steps = 1) => {
          done += steps;
          report();
        },
        end: () => {},
      };
    },
    notice: (message) => {
      if (!told.has(message)) onNotice?.(message);
      told.add(message);
    },
  };
}
