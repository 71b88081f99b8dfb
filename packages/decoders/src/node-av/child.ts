// Runs in a process of its own. The first message says where node-av is, the others ask. It imports little: a start should be short.
import type { NodeAv } from './api.ts';
import type { ChildMessage, Question } from './childQueue.ts';
import { decodeFile } from './decodeFile.ts';

const QUIET = -8;

let av: NodeAv;

/** Settled when the message is on its way: so no more than a piece of a file waits here, and each is a sign of life. */
const tell = (message: ChildMessage) =>
  new Promise<void>((resolve) => {
    process.send?.(message, undefined, {}, () => resolve());
  });
const failed = (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) });

// Nobody waits for an answer any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: string | Question) => {
  void (typeof message === 'string' ? load(message) : answer(message)).catch(failed);
});

async function load(module: string): Promise<void> {
  av = await import(module);
  av.Log.setLevel(QUIET);
  await tell({ ready: JSON.stringify(av.getFFmpegInfo()) });
}

async function answer({ path, maxSeconds }: Question): Promise<void> {
  for (const piece of decodeFile(av, path, maxSeconds)) await tell({ piece });
  await tell('end');
}
