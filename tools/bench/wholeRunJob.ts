import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from './cost.ts';
import type { Prepared, WholeRunJob } from './job.ts';
import { StageClock } from './stageClock.ts';

/** What the pipeline exports, as far as it is used here. */
interface Pipeline {
  prune(options: object): Promise<{
    readonly kept: readonly unknown[];
    readonly removed: readonly unknown[];
    write(path: string): Promise<string>;
    evaluate(): Promise<readonly unknown[]>;
  }>;
}

interface Datasets {
  magnatagatune(options: { readonly dir: string }): unknown;
}

/** What `refrain run` does, without its page, from an empty cache. Facts: `kept`, `removed`, and as JSON the `stages` as StageClock has them. */
export async function prepareWholeRun({ dataset: dir, workers }: WholeRunJob): Promise<Prepared> {
  const built = (name: string) => import(new URL(`../../../packages/${name}/dist/index.js`, import.meta.url).href);
  const { prune } = (await built('pipeline')) as Pipeline;
  const { magnatagatune } = (await built('datasets')) as Datasets;
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
    const clock = new StageClock('reading the dataset', () => ({
      cpuSeconds: seconds(process.cpuUsage()),
      wallSeconds: performance.now() / 1000,
    }));
    const onProgress = ({ label }: { readonly label: string }) => clock.enter(label);
    try {
      const dataset = magnatagatune({ dir });
      const result = await prune({ dataset, workers, cacheDir: join(folder, 'cache'), onProgress });
      clock.enter('writing the folder');
      await result.write(join(folder, 'out'));
      clock.enter('evaluating');
      await result.evaluate();
      const stages = JSON.stringify(clock.costs());
      return { kept: result.kept.length, removed: result.removed.length, stages };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
