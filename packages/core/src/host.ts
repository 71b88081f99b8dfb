import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Reports how far a long piece of work has come. */
export interface Progress {
  /** Counts `steps` (default 1) of the announced total as done. */
  advance(steps?: number): void;
  /** Ends the report; the work is complete or given up. */
  end(): void;
}

/**
 * What the program that runs a component lends it. The runner injects one; a test or a script can use `quietHost()`.
 */
export interface Host {
  /** Folder for files that can be made again, e.g. rendered audio. Created by whoever writes to it first. */
  readonly cacheDir: string;
  /** How many threads a component may use at once, ≥ 1. */
  readonly workers: number;
  /** Bytes that the process may hold, where that is limited: then nothing is kept or copied for speed alone. */
  readonly maxMemory?: number | undefined;
  /** Aborted when the user interrupts the run; long loops check it and throw its `reason`. */
  readonly signal: AbortSignal;
  /** Announces work of `total` steps named by `label`, e.g. `progress('embedding', 330, 'clips')`. */
  progress(label: string, total: number, unit: string): Progress;
  /** Tells the user one sentence that matters for the result. The same sentence is told once. */
  notice(message: string): void;
}

/** A host that says nothing and uses one thread, for scripts and tests. */
export function quietHost(overrides: Partial<Host> = {}): Host {
  return {
    cacheDir: join(tmpdir(), 'refrain'),
    workers: 1,
    signal: new AbortController().signal,
    progress: () => ({ advance() {}, end() {} }),
    notice() {},
    ...overrides,
  };
}
