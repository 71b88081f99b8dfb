// Runs in a process of its own: a graph that never ends keeps its thread for ever, and only the end of the process ends it.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { onnxruntime, openSession, type Session } from '@refrain/onnx';
import { LIMIT_SIGNAL, type ModelAnswer, type ModelQuestion, type SentTensor } from './modelMessages.ts';

// A thread beside it, which goes on while a graph runs. Plain JavaScript in a text, so that it starts at once. It ends the process when a
// call takes more processor time than it may, and when whoever asked is gone.
const WATCH = `
  const { parentPort } = require('node:worker_threads');
  const asked = process.ppid;
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
  let end = Infinity;
  parentPort.on('message', (seconds) => { end = used() + seconds; });
  const isGone = () => {
    if (process.ppid !== asked) return true;
    // Windows goes on naming who is gone.
    try { return !process.kill(asked, 0); } catch (error) { return error.code === 'ESRCH'; }
  };
  setInterval(() => {
    if (isGone()) process.kill(process.pid, 'SIGKILL');
    if (used() > end) process.kill(process.pid, '${LIMIT_SIGNAL}');
  }, 200);
`;

// The user's signals are for whoever asked, which lets a clip be finished.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit());

const watch = new Worker(WATCH, { eval: true });
let session: Session | undefined;
const tell = (answer: ModelAnswer) => process.send!(answer);

process.on('message', async (question: ModelQuestion) => {
  watch.postMessage(question.seconds);
  try {
    tell('open' in question ? await open(question.open) : await run(question.run));
  } catch (error) {
    tell({ failed: error instanceof Error ? error.message : String(error) });
  } finally {
    watch.postMessage(Number.POSITIVE_INFINITY);
  }
});

async function open({ path, sha256, providers, layout }: Extract<ModelQuestion, { open: unknown }>['open']) {
  const bytes = await readFile(path);
  // What was looked through is what runs.
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('it changed while it was read');
  await session?.close();
  session = undefined;
  const notices: string[] = [];
  session = await openSession(bytes, {
    ...{ providers, layout, threads: 1 },
    notice: (message) => notices.push(message),
  });
  const { provider, inputs, outputs } = session;
  return { opened: { provider, inputs, outputs }, notices };
}

async function run(feeds: Readonly<Record<string, SentTensor>>) {
  const { Tensor } = await onnxruntime();
  const given = Object.entries(feeds).map(
    ([name, { data, dims }]) => [name, new Tensor('float32', data, dims)] as const,
  );
  const found = Object.entries(await session!.run(Object.fromEntries(given)));
  // Only these can be embeddings, and others can be large.
  const wanted = found.filter(([, { type }]) => type === 'float32');
  const results = wanted.map(([name, { data, dims }]) => [name, { data, dims } as SentTensor] as const);
  return { results: Object.fromEntries(results) };
}
