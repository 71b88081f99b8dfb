import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prepared, PruneCommandJob } from './job.ts';

/** What the runner's cli.js exports, as far as it is used here. */
interface Cli {
  runCommand(argv: readonly string[], signal: AbortSignal): Promise<unknown>;
}

/** `refrain prune` on own embeddings, from the file to the folder. */
export async function preparePruneCommand(job: PruneCommandJob): Promise<Prepared> {
  const { points, workers, maxMemory, segmentStarts } = job;
  const { runCommand } = (await import(new URL('../../../apps/runner/dist/cli.js', import.meta.url).href)) as Cli;
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
    try {
      const places = ['--cache-dir', join(folder, 'cache'), '--output', join(folder, 'out')];
      await runCommand(
        [
          ...['prune', '--quiet', '--report', 'off', '--workers', String(workers), ...places],
          ...(segmentStarts === undefined
            ? ['--embeddings', points]
            : ['--segments', points, '--segment-starts', segmentStarts]),
          ...(maxMemory === undefined ? [] : ['--max-memory', String(maxMemory)]),
        ],
        new AbortController().signal,
      );
      return {};
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
