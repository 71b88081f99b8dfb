import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbedJob, Prepared } from './job.ts';

/** What the runner's cli.js exports, as far as it is used here. */
interface Cli {
  runCommand(argv: readonly string[], signal: AbortSignal): Promise<unknown>;
}

/** Facts: `clips` and `segments` that were embedded. */
export async function prepareEmbed({ dataset, checkpoint, workers, folder }: EmbedJob): Promise<Prepared> {
  const { runCommand } = (await import(new URL('../../../apps/runner/dist/cli.js', import.meta.url).href)) as Cli;
  const output = join(folder, 'out');
  return async () => {
    await runCommand(
      [
        ...['embed', '--quiet', '--dataset', 'audio', '--dataset-dir', dataset, '--checkpoint-path', checkpoint],
        ...['--workers', String(workers), '--cache-dir', join(folder, 'cache'), '--output', output],
      ],
      new AbortController().signal,
    );
    const lines = (await readFile(join(output, 'clips.jsonl'), 'utf8')).trim().split('\n');
    const segments = lines.map((line) => (JSON.parse(line) as { segments: number }).segments);
    return { clips: lines.length, segments: segments.reduce((sum, count) => sum + count, 0) };
  };
}
