import { parentPort, workerData } from 'node:worker_threads';
import { quietHost } from '@refrain/core';
import { contentHasher } from '@refrain/pruned-dataset';
import { assemble } from '../assembly/assemble.ts';
import { loadPlugins } from '../assembly/loadPlugins.ts';
import { type ClipEmbedder, type EmbedJob, embedGroup } from './embedClip.ts';
import { type EmbedAnswer, type EmbedWorkerData, STAGES } from './embedWorkers.ts';

/** The built-in packages that embedding takes; to load the others would only keep a thread waiting. */
const EMBEDDING_KINDS = ['decoders', 'datasets', 'demo', 'encoders'] as const;

const { plugins, pluginFolder, choices, cacheDir, timeLimit, stage } = workerData as EmbedWorkerData;
const port = parentPort!;
const answer = (message: EmbedAnswer) => port.postMessage(message);

const host = quietHost({ cacheDir, workers: 1, notice: (notice) => answer({ notice }) });
const assembly = loadPlugins(plugins, pluginFolder, EMBEDDING_KINDS).then((loaded) =>
  assemble(loaded, choices, { host }),
);

const embedder = assembly.then(async ({ get, audioReader }): Promise<ClipEmbedder> => {
  // Of a million clips the list alone would take a while, and memory, in every thread.
  const reader = choices.dataset && (await audioReader(choices.dataset));
  const dataset = reader ?? (await get('dataset'));
  const encoder = await get('encoder');
  const onStage = (next: (typeof STAGES)[number]) => {
    Atomics.store(stage, 0, STAGES.indexOf(next));
    Atomics.add(stage, 1, 1);
  };
  return { dataset, encoder, contentHash: contentHasher(dataset), timeLimit, signal: host.signal, onStage };
});
// Told by the jobs.
embedder.catch(() => {});

async function embed(jobs: readonly EmbedJob[]): Promise<void> {
  const means = await embedder;
  answer('begun');
  answer({ results: await embedGroup(jobs, means) });
}

port.on('message', (message: readonly EmbedJob[] | 'close') => {
  if (message === 'close') {
    // Without its port the thread has nothing to wait for and ends.
    assembly.then(({ close }) => close()).finally(() => port.close());
    return;
  }
  embed(message).catch((error: unknown) => {
    answer({ error: error instanceof Error ? error : new Error(String(error)) });
  });
});
