// Runs in a process of its own. Its only argument is where node-av is. It imports little: a start should be short.
import type { NodeAv } from './api.ts';
import type { ChildMessage, Question } from './childQueue.ts';
import { decodeFile } from './decodeFile.ts';

const QUIET = -8;

/** Settled when the message is on its way: so no more than a piece of a file waits here, and each is a sign of life. */
const tell = (message: ChildMessage) =>
  new Promise<void>((resolve) => {
    process.send?.(message, undefined, {}, () => resolve());
  });
const failed = (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) });

// Nobody waits for an answer any more.
process.on('disconnect', () => process.exit());

try {
  const av: NodeAv = await import(process.argv[2]!);
  av.Log.setLevel(QUIET);
  process.on('message', (question: Question) => answer(av, question).catch(failed));
  await tell({ ready: JSON.stringify(av.getFFmpegInfo()) });
} catch (error) {
  await failed(error);
}

async function answer(av: NodeAv, { path, maxSeconds }: Question): Promise<void> {
  for (const piece of decodeFile(av, path, maxSeconds)) await tell({ piece });
  await tell('end');
}
