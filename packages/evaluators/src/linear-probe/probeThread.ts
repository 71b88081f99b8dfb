import type { Worker } from 'node:worker_threads';
import { checkedOrder, type ProbeTraining, type TrainedProbe } from './trainProbe.ts';

/** A training without what cannot be sent to another thread. */
export type SentTraining = Omit<ProbeTraining, 'epochOrder' | 'signal'>;

/** What a thread that trains probes is told: a new training, the next epoch's order for the one it is at, or to give up and end. */
export type ToThread = { readonly training: SentTraining } | { readonly order: Uint32Array } | 'close';

/** What it answers: that it wants one more order, what became of the training, or why it failed. */
export type FromThread = 'order' | { readonly probe: TrainedProbe } | { readonly error: Error };

/**
 * Trains a probe in a thread that runs `probeWorker`. Orders of the epochs are made here, one ahead, so that the thread need not wait for
 * them. Throws what the training or `epochOrder` throws, and an Error when the thread ends or fails before it is done.
 */
export function trainInThread(worker: Worker, { epochOrder, signal: _, ...training }: ProbeTraining) {
  return new Promise<TrainedProbe>((resolve, reject) => {
    let epoch = 0;
    const tell = (message: ToThread) => worker.postMessage(message);
    const settle = (act: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    const onError = (error: unknown) => settle(() => reject(error));
    const sendOrder = async () => {
      if (++epoch > training.options.maxEpochs) return;
      const order = await epochOrder(epoch);
      tell({ order: checkedOrder(order, training.train.features.rows).slice() });
    };
    const onMessage = (message: FromThread) => {
      if (message === 'order') sendOrder().catch(onError);
      else if ('error' in message) onError(message.error);
      else settle(() => resolve(message.probe));
    };
    const onExit = (status: number) =>
      onError(new Error(`A thread that trains probes ended early, with status ${status}.`));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    try {
      tell({ training });
      sendOrder().catch(onError);
    } catch (error) {
      onError(error);
    }
  });
}
