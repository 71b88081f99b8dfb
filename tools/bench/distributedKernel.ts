import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContentStore, Executor, Host, Processors, SimilarityKernel } from '@refrain/core';
import { DistributedKernel } from '@refrain/kernels';

/** What is used here of the pipeline and the executors, as built. */
interface Built {
  readonly FolderStore: new (folder: string) => ContentStore;
  threadProcessors(options: object): Processors;
  processProcessors(options: object): Processors;
  threads: Start;
  processes: Start;
  readonly LocalExecutor: new (options: object, processors: Processors, host: Host) => Executor;
}

/** Starts what runs a module beside the calling one. */
type Start = (caller: string, module: string) => (hearing: object, place: object) => Apart;

interface Apart {
  ask(question: object): void;
  end(): void;
}

const urlOf = (file: string) => new URL(`../../../packages/${file}.js`, import.meta.url).href;

// Threads and processes of what is published start from few files.
const PUBLISHED = urlOf('pipeline/dist/bundle/index');

// So that the worker is in the middle of a job: some hundredths of a second after it was asked.
const KILLED_AFTER_MS = 100;
const KILLED_IN_JOB = 3;

/**
 * Imports what it takes; what comes back makes the kernel `distributed` over `local`, on threads, its store in a temporary folder that goes
 * with the process. Where `isKilled`, on processes, one of which is killed in its third job; `killed()` tells how many were.
 */
export async function importDistributed(
  isKilled: boolean,
): Promise<(host: Host) => { readonly kernel: SimilarityKernel; killed(): number }> {
  const files = ['pipeline/dist/work/folderStore', 'pipeline/dist/work/apartProcessors', 'pipeline/dist/work/starters'];
  const modules = await Promise.all([...files, 'executors/dist/index'].map((file) => import(urlOf(file))));
  const { FolderStore, threadProcessors, processProcessors, threads, processes, LocalExecutor } = Object.assign(
    {},
    ...modules,
  ) as Built;
  return (host) => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'refrain-bench-'));
    process.on('exit', () => rmSync(cacheDir, { recursive: true, force: true }));
    let killed = 0;
    const startKilled = (hearing: object, place: object): Apart => {
      const apart = processes(PUBLISHED, './workProcess')(hearing, place);
      let jobs = 0;
      const ask = (question: object) => {
        apart.ask(question);
        if (!('process' in question) || ++jobs < KILLED_IN_JOB || killed > 0) return;
        killed++;
        setTimeout(apart.end, KILLED_AFTER_MS);
      };
      return { ask, end: apart.end };
    };
    const options = { place: { plugins: [], pluginFolder: cacheDir, cacheDir }, notice: host.notice };
    const processors = isKilled
      ? processProcessors({ ...options, start: startKilled })
      : threadProcessors({ ...options, start: threads(PUBLISHED, './workThread') });
    const executor = new LocalExecutor({ attempts: 3 }, processors, host);
    const store = new FolderStore(join(cacheDir, 'content'));
    return { kernel: new DistributedKernel({}, { executor, store, host }), killed: () => killed };
  };
}
