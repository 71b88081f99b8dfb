import { join } from 'node:path';
import { ConfigError, type Host, type WorkerEvent } from '@refrain/core';
import { assemble } from '../assembly/assemble.ts';
import { loadPlugins } from '../assembly/loadPlugins.ts';
import type { Settings } from '../settings.ts';
import { processProcessors } from './apartProcessors.ts';
import { FolderStore } from './folderStore.ts';

/** How a worker is. */
export interface WorkerHealth {
  readonly event: 'health';
  /** Jobs since it began; under way now; and done in a second since the last time. */
  readonly done: number;
  readonly failed: number;
  readonly underWay: number;
  readonly jobsPerSecond: number;
  /** Since it began. */
  readonly seconds: number;
  /** Of memory, of this process alone. */
  readonly megabytes: number;
}

/** What happens to a worker as a line for people. */
export function eventText(told: WorkerEvent | WorkerHealth): string {
  if (told.event !== 'health') return JSON.stringify(told);
  const { done, failed, underWay, jobsPerSecond, megabytes } = told;
  return `${done} jobs done, ${failed} failed, ${underWay} under way, ${jobsPerSecond} a second, ${megabytes} MB`;
}

/** What serving takes, and who is told what happens. */
export interface ServingOptions {
  readonly settings: Pick<Settings, 'choices' | 'plugins' | 'pluginFolder' | 'cacheDir' | 'workers'> & {
    /** Jobs at once; default: as many as there are workers. */
    readonly concurrency?: number | undefined;
    /** Folders that jobs may read, as `MappedPaths` takes them. */
    readonly map: readonly string[];
  };
  readonly host: Host;
  onEvent(event: WorkerEvent | WorkerHealth): void;
  /** How often it is told how the worker is; default 10. */
  readonly healthSeconds?: number;
}

/**
 * Does jobs of the runs of others, each in a process of its own, until the host's signal is aborted and those under way are finished. Returns how it
 * went. Throws a ConfigError where the chosen executor has no workers.
 */
export async function serveJobs(options: ServingOptions): Promise<WorkerHealth> {
  const { settings, host, onEvent, healthSeconds = 10 } = options;
  const { plugins, pluginFolder, cacheDir, choices, concurrency = settings.workers, map: maps } = settings;
  const processors = processProcessors({ place: { plugins, pluginFolder, cacheDir, maps }, notice: host.notice });
  const store = new FolderStore(join(cacheDir, 'content'));
  const loaded = await loadPlugins(plugins, pluginFolder, ['executors', 'bullmq']);
  const { executor: chosen } = choices;
  const assembly = assemble(loaded, chosen === undefined ? {} : { executor: chosen }, { host, processors, store });
  try {
    const executor = await assembly.get('executor');
    if (executor.serve === undefined)
      throw new ConfigError(
        'executor',
        `\`executor\` ${executor.name} has no workers: its jobs are done by whoever runs.`,
      );
    const tally = new Tally();
    const beats = setInterval(() => onEvent(tally.health()), healthSeconds * 1000);
    const serving = {
      signal: host.signal,
      concurrency,
      onEvent: (event: WorkerEvent) => {
        tally.count(event);
        onEvent(event);
      },
    };
    await executor.serve(serving).finally(() => clearInterval(beats));
    return tally.health();
  } finally {
    await assembly.close();
  }
}

class Tally {
  readonly #start = performance.now();
  #done = 0;
  #failed = 0;
  #underWay = 0;
  #last = { at: this.#start, finished: 0 };

  count({ event }: WorkerEvent): void {
    if (event === 'began') this.#underWay++;
    if (event !== 'done' && event !== 'failed') return;
    this.#underWay--;
    if (event === 'done') this.#done++;
    else this.#failed++;
  }

  health(): WorkerHealth {
    const [now, finished] = [performance.now(), this.#done + this.#failed];
    const since = (now - this.#last.at) / 1000;
    const jobsPerSecond = rounded((finished - this.#last.finished) / since);
    this.#last = { at: now, finished };
    const counts = { done: this.#done, failed: this.#failed, underWay: this.#underWay };
    const seconds = rounded((now - this.#start) / 1000);
    return {
      event: 'health',
      ...counts,
      jobsPerSecond,
      seconds,
      megabytes: Math.round(process.memoryUsage.rss() / 1e6),
    };
  }
}

const rounded = (value: number) => Math.round(value * 100) / 100;
