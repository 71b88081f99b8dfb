// A thread that trains one probe after another, on orders of epochs that it is sent.
import { parentPort } from 'node:worker_threads';
import { SharedSessions } from './modelSessions.ts';
import { trainWith } from './trainProbe.ts';
import type { FromThread, SentTraining, ToThread } from './trainProbes.ts';

const port = parentPort!;
let training: Promise<unknown> = Promise.resolve();
const sessions = new SharedSessions();
const closing = new AbortController();
let orders: Uint32Array[] = [];
let waiting: ((order: Uint32Array) => void) | undefined;

port.on('message', (message: ToThread) => {
  if (message === 'close') {
    closing.abort();
    port.close();
    training.finally(() => sessions.close());
  } else if ('order' in message) {
    orders.push(message.order);
    hand();
  } else {
    // Of the training before, an order may be left that it did not need.
    orders = [];
    training = train(message.training);
  }
});

function train(sent: SentTraining): Promise<void> {
  return trainWith(sessions, { ...sent, epochOrder: nextOrder, signal: closing.signal }).then(
    (probe) => tell({ probe }),
    (error) => tell({ error }),
  );
}

function nextOrder(): Promise<Uint32Array> {
  tell('order');
  return new Promise((resolve) => {
    waiting = resolve;
    hand();
  });
}

function hand(): void {
  if (waiting === undefined || orders.length === 0) return;
  waiting(orders.shift()!);
  waiting = undefined;
}

function tell(message: FromThread): void {
  port.postMessage(message);
}
