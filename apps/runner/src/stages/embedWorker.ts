import { parentPort, workerData } from 'node:worker_threads';
import { quietHost } from '@refrain/core';
import { assemble } from '../container/assemble.ts';
import { loadPlugins } from '../container/loadPlugins.ts';
import { type EmbedJob, embedClip } from './embedClip.ts';
import type { EmbedAnswer, EmbedWorkerData } from './embedWorkers.ts';

const { plugins, pluginFolder, choices, cacheDir } = workerData as EmbedWorkerData;
const port = parentPort!;
const answer = (message: EmbedAnswer) => port.postMessage(message);

const host = quietHost({ cacheDir, workers: 1, notice: (notice) => answer({ notice }) });
const assembly = loadPlugins(plugins, pluginFolder).then((loaded) => assemble(loaded, choices, host));

port.on('message', async (message: EmbedJob | 'close') => {
  if (message === 'close') {
    // Without its port the thread has nothing to wait for and ends.
    await assembly.then(({ close }) => close()).finally(() => port.close());
    return;
  }
  try {
    const { get } = await assembly;
    answer({ result: await embedClip(await get('dataset'), await get('encoder'), message) });
  } catch (error) {
    answer({ error: error instanceof Error ? error : new Error(String(error)) });
  }
});
