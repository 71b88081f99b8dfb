// A thread that renders one performance after another, each to a wav file in memory.
import { parentPort } from 'node:worker_threads';
import { encodeWav } from '@refrain/audio';
import { DataError } from '@refrain/core';
import type { Rendered } from './renderFiles.ts';
import { type Rendering, Synthesizer } from './synthesizer.ts';

const port = parentPort!;
let synthesizer: Promise<Synthesizer> | undefined;

port.on('message', async (rendering: Rendering) => {
  const rendered = await render(rendering);
  port.postMessage(rendered, 'wav' in rendered ? [rendered.wav.buffer as ArrayBuffer] : []);
});

async function render(rendering: Rendering): Promise<Rendered> {
  try {
    synthesizer ??= Synthesizer.load();
    return { wav: encodeWav((await synthesizer).render(rendering)) };
  } catch (error) {
    return { error: error as Error, ...(error instanceof DataError && { source: error.source }) };
  }
}
