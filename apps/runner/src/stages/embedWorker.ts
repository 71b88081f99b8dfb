import { parentPort, workerData } from 'node:worker_threads';
import { quietHost } from '@refrain/core';
import { assemble } from '../container/assemble.ts';
import { loadPlugins } from '../container/loadPlugins.ts';
import { type EmbedJob, embedGroup } from './embedClip.ts';
import type { EmbedAnswer, EmbedWorkerData } from './embedWorkers.ts';

/** The built-in packages that embedding takes; to load the others would only keep a thread waiting. */
const EMBEDDING_KINDS = ['decoders', 'datasets', 'demo', 'encoders'] as const;

const { plugins, pluginFolder, choices, cacheDir, timeLimit } = workerData as EmbedWorkerData;
const port = parentPort!;
const answer = (message: EmbedAnswer) => port.postMessage(message);

const host = quietHost({ cacheDir, workers: 1, notice: (notice) => answer({ notice }) });
const assembly = loadPlugins(plugins, pluginFolder, EMBEDDING_KINDS).then((loaded) => assemble(loaded, choices, host));

async function embed(jobs: readonly EmbedJob[]): Promise<void> {
  const { get } = await assembly;
  const [dataset, encoder] = [await get('dataset'), await get('encoder')];
  answer({ stage: 'decode' });
  const onEncode = () => answer({ stage: 'encode' });
  answer({ results: await embedGroup(jobs, { dataset, encoder, timeLimit, signal: host.signal, onEncode }) });
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
