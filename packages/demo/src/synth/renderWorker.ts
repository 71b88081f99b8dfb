// A thread that renders one performance after another, each to a wav file in memory.
import { parentPort } from 'node:worker_threads';
import { encodeWav } from '@refrain/audio';
import { DataError } from '@refrain/core';
import type { Rendered } from './renderFiles.ts';
import { type Rendering, Synthesizer } from './synthesizer.ts';

const synthesizer = Synthesizer.load();
// Whoever asks for a rendering is told.
synthesizer.catch(() => {});

parentPort!.on('message', async (rendering: Rendering) => {
  parentPort!.postMessage(await render(rendering));
});

async function render(rendering: Rendering): Promise<Rendered> {
  try {
    return { wav: encodeWav((await synthesizer).render(rendering)) };
  } catch (error) {
    return { error: error as Error, ...(error instanceof DataError && { source: error.source }) };
  }
}
