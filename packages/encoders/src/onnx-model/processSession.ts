import type { ChildProcess } from 'node:child_process';
import { inTurn, startProcess } from '@refrain/core';
import { type ExecutionProvider, onnxruntime, type Session, type SessionOptions, type Tensor } from '@refrain/onnx';
import { LIMIT_SIGNAL, type ModelAnswer, type ModelQuestion, type SentTensor } from './modelMessages.ts';

/** A model file that someone else made. */
export interface ForeignModel {
  readonly path: string;
  /** Of its content, hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** As of `SessionOptions`, default `blocked`. */
  readonly layout?: NonNullable<SessionOptions['layout']>;
}

/** How a model is run in a process of its own. */
export interface ProcessSessionOptions {
  /** Tried in this order. */
  readonly providers: readonly ExecutionProvider[];
  readonly notice: (message: string) => void;
  /** Ends what runs. */
  readonly signal: AbortSignal;
  /** Processor time in seconds that opening, and every run up to the first that succeeds, may take each; default 20 and one more for each 20 MB. */
  readonly seconds?: number;
}

const SECONDS = 20;
const BYTES_PER_SECOND = 20e6;

/**
 * A session for a stranger's model, in a process of its own: a graph may loop without end, and nothing else can end that. It is killed when a
 * signal says so, and started again for the next run. Throws an Error that says why the model can't be opened or run, or the signal's reason.
 */
export async function openProcessSession(model: ForeignModel, options: ProcessSessionOptions): Promise<Session> {
  const { providers, notice, signal: outer, seconds = SECONDS + model.size / BYTES_PER_SECOND } = options;
  const { path, sha256, layout = 'blocked' } = model;
  const child = new ModelChild();
  const open = async (signal: AbortSignal) => {
    const answer = await child.ask({ seconds, open: { path, sha256, providers, layout } }, [signal]);
    if ('opened' in answer) return answer;
    throw new Error('failed' in answer ? answer.failed : 'unexpected answer');
  };
  const { opened, notices } = await open(outer).catch((error: unknown) => {
    child.end();
    throw error;
  });
  for (const message of notices) notice(message);
  let hasRun = false;
  const run = async (feeds: Readonly<Record<string, Tensor>>, signal?: AbortSignal) => {
    if (!child.isThere) await open(outer);
    const sent = Object.entries(feeds).map(([name, { data, dims }]) => [name, { data, dims } as SentTensor]);
    const question = { seconds: hasRun ? Number.POSITIVE_INFINITY : seconds, run: Object.fromEntries(sent) };
    const answer = await child.ask(question, signal === undefined ? [outer] : [outer, signal]);
    if (!('results' in answer)) throw new Error('failed' in answer ? answer.failed : 'unexpected answer');
    hasRun = true;
    const { Tensor } = await onnxruntime();
    const found = Object.entries(answer.results);
    return Object.fromEntries(found.map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]));
  };
  const queue = inTurn();
  return {
    ...opened,
    // One after the other: the process answers in order, and the next one must not pay for the end of the last.
    run: (feeds, _into, signal) => queue(() => run(feeds, signal)),
    close: async () => child.leave(),
  };
}

/** Thrown when a model took more processor time than it might. */
export class EndlessModelError extends Error {}

/** A process that nobody asks any more. Its start takes longer than to open a model, so the next one is given it if it comes soon. */
let spare: { readonly process: ChildProcess; readonly timer: NodeJS.Timeout } | undefined;

const SPARE_MS = 1000;

function takeProcess(): ChildProcess {
  const { process: child, timer } = spare ?? {};
  spare = undefined;
  clearTimeout(timer);
  return child?.connected && child.signalCode === null ? child : startProcess(import.meta.url, './modelProcess');
}

function leaveProcess(child: ChildProcess): void {
  clearTimeout(spare?.timer);
  spare?.process.kill('SIGKILL');
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    spare = undefined;
  }, SPARE_MS);
  spare = { process: child, timer: timer.unref() };
}

/** The process, started when it is first asked and again after its end. While it is asked nothing it keeps nobody waiting. */
class ModelChild {
  #process: ChildProcess | undefined;
  #isAsked = false;

  get isThere(): boolean {
    return this.#process !== undefined;
  }

  end(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  leave(): void {
    if (this.#isAsked) this.end();
    else if (this.#process !== undefined) leaveProcess(this.#process);
    this.#process = undefined;
  }

  ask(question: ModelQuestion, signals: readonly AbortSignal[]): Promise<ModelAnswer> {
    for (const signal of signals) signal.throwIfAborted();
    const child = this.#process ?? takeProcess();
    this.#process = child;
    this.#isAsked = true;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#isAsked = false;
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        for (const signal of signals) signal.removeEventListener('abort', onAbort);
        child.unref();
        child.channel?.unref();
        act();
      };
      const onMessage = (answer: ModelAnswer) => settle(() => resolve(answer));
      const onError = (error: Error) => settle(() => reject(error));
      const onAbort = () =>
        settle(() => {
          this.end();
          reject(signals.find(({ aborted }) => aborted)!.reason);
        });
      const onExit = (status: number | null, signal: string | null) =>
        settle(() => {
          this.end();
          reject(
            signal === LIMIT_SIGNAL
              ? tooLong(question.seconds)
              : new Error(`its process ended with ${signal ?? `status ${status}`}`),
          );
        });
      child.ref();
      child.channel?.ref();
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      for (const signal of signals) signal.addEventListener('abort', onAbort);
      // A process that is gone says so by its exit.
      child.send(question, () => {});
    });
  }
}

function tooLong(seconds: number): EndlessModelError {
  return new EndlessModelError(
    `it was not done after ${Math.round(seconds)} s of processor time; its graph may go on without end`,
  );
}
