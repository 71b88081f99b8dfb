import { messageOf, startProcess, startWorker } from '@refrain/core';
import { collectRarely } from './collectRarely.ts';
import type { Answer, Question, WorkPlace } from './messages.ts';

/** A thread or process that answers questions. */
export interface Apart {
  ask(question: Question): void;
  /** Ends it now, whatever it does. */
  end(): void;
}

/** What is heard of it. */
interface Hearing {
  answer(answer: Answer): void;
  /** It has ended: how, as the rest of a sentence. */
  ended(how: string): void;
}

/** Starts one for its place. */
export type StartApart = (hearing: Hearing, place: WorkPlace) => Apart;

/** Starts threads that run `module`, named as for `startWorker`. */
export function threads(caller: string, module: string): StartApart {
  return ({ answer, ended }, { isMemoryLimited }) => {
    if (!isMemoryLimited) collectRarely();
    const thread = startWorker(caller, module);
    let why: string | undefined;
    thread.on('message', answer);
    thread.on('error', (error) => {
      why = messageOf(error);
    });
    thread.on('exit', (status) => ended(`its thread ended: ${why ?? `status ${status}`}`));
    return { ask: (question) => thread.postMessage(question), end: () => void thread.terminate() };
  };
}

/** Starts processes that run `module`: a crash of native code ends the one it happens in alone. */
export function processes(caller: string, module: string): StartApart {
  return ({ answer, ended }) => {
    const child = startProcess(caller, module);
    let why: string | undefined;
    child.on('message', (message: Answer) => {
      if ('crash' in message) why = message.crash;
      else answer(message);
    });
    child.on('error', (error) => ended(`its process cannot be started: ${messageOf(error)}`));
    child.on('exit', (status, signal) => ended(`its process ended: ${why ?? signal ?? `status ${status}`}`));
    return {
      // A process that is gone says so by its exit.
      ask: (question) => void child.send(question, () => {}),
      end: () => void child.kill('SIGKILL'),
    };
  };
}
