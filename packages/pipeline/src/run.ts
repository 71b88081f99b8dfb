import type { Host } from '@refrain/core';
import type { Assembly } from './assembly/assemble.ts';
import type { MemoryLimit } from './memory/memoryLimit.ts';
import type { Settings } from './settings.ts';
import type { WorkerShares } from './work/workerShares.ts';

/** What the steps of a run work with. */
export interface Run {
  readonly settings: Settings;
  readonly assembly: Assembly;
  readonly host: Host;
  /** What the workers of an executor did so far; empty where this process does all. */
  readonly workers?: Readonly<WorkerShares>;
  /** Where memory is limited. */
  readonly memory?: MemoryLimit;
}

/** Seconds that each named stage took. */
export class Stopwatch {
  readonly seconds: Record<string, number> = {};

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[name] = Math.round(performance.now() - start) / 1000;
    }
  }
}
