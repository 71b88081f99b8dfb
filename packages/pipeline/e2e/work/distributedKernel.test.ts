import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Matrix, type Processors, quietHost, seededRandom, zeros } from '@refrain/core';
import { LocalExecutor } from '@refrain/executors';
import { CpuKernel, DistributedKernel } from '@refrain/kernels';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processProcessors, threadProcessors } from '../../src/work/apartProcessors.ts';
import { FolderStore } from '../../src/work/folderStore.ts';
import { processes } from '../../src/work/starters.ts';

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'refrain-distributed-'));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

// Five rows of tasks.
const COUNT = 9001;
const points: Matrix = zeros(COUNT, 16);
const random = seededRandom('distributed');
for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() - 0.5;

/** Processors of which the first is killed as soon as it has begun its second job; and how many were. */
function mortal(): { readonly processors: Processors; killed(): number } {
  let [jobs, killed] = [0, 0];
  const start: ReturnType<typeof processes> = (hearing, place) => {
    const begin = processes(new URL('../../src/work/apartProcessors.ts', import.meta.url).href, './workProcess');
    const answer: typeof hearing.answer = (given) => {
      hearing.answer(given);
      // It says so when it begins a task.
      if (!('alive' in given) || killed > 0 || ++jobs < 4) return;
      killed++;
      apart.end();
    };
    const apart = begin({ answer, ended: hearing.ended }, place);
    return apart;
  };
  const place = { plugins: [], pluginFolder: cacheDir, cacheDir };
  return { processors: processProcessors({ place, notice: () => {}, start }), killed: () => killed };
}

it.each(['threads', 'processes, one of which is killed'])(
  'what %s find is what the kernel cpu finds, bit for bit, and nothing is left',
  async (kind) => {
    const place = { plugins: [], pluginFolder: cacheDir, cacheDir };
    const dying = mortal();
    const processors = kind === 'threads' ? threadProcessors({ place, notice: () => {} }) : dying.processors;
    const host = quietHost({ workers: 2 });
    const executor = new LocalExecutor({ attempts: 3 }, processors, host);
    const store = new FolderStore(join(cacheDir, 'content'));
    const kernel = new DistributedKernel({ shareFrom: 0 }, { executor, store, host });
    const cpu = await new CpuKernel({ threadsFrom: 1e9 }).load(points, 'euclidean');
    const loaded = await kernel.load(points, 'euclidean');
    const component = Int32Array.from({ length: COUNT }, (_, i) => i % 3);
    for (const query of [{ k: 5 }, { k: 3, component }])
      expect(await loaded.nearest(query)).toEqual(await cpu.nearest(query));
    await loaded.close();
    await kernel.close();
    expect(dying.killed()).toBe(kind === 'threads' ? 0 : 1);
    expect(await readdir(join(cacheDir, 'content'))).toEqual([]);
  },
);
