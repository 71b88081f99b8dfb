import type { ChildProcess } from 'node:child_process';
import { requireFile, wavFile } from '@refrain/audio';
import { type DataError, refusal } from '@refrain/core';
import { type Call, openCall } from '../call.ts';
import type { AudioPiece } from './decodeFile.ts';

/** What a child is asked for. */
export interface Question {
  readonly path: string;
  readonly maxSeconds: number;
}

/** What a child says: that it can begin, audio piece by piece and then its end, or why there is none. */
export type ChildMessage =
  | { readonly ready: string }
  | { readonly piece: AudioPiece }
  | 'end'
  | { readonly failed: string };

/** What a question led to; `died`: the process ended, of itself or because it was silent for too long. No full stops. */
type ChildReply =
  | { readonly ready: string }
  | { readonly pieces: readonly AudioPiece[] }
  | { readonly failed: string }
  | { readonly died: string };

/** A process that decodes files, so that a crash of its native code is no crash of ours. It is asked one thing at a time. */
export class DecoderChild {
  readonly #process: ChildProcess;
  readonly #silentSeconds: number;
  /** What it says before any question. Rejected, as is `ask`, where it could not be started. */
  readonly ready: Promise<ChildReply>;
  /** Settled when the process is gone. */
  readonly gone: Promise<void>;

  /** `process` is one that was just started. It is killed when it says nothing for `silentSeconds` of work. */
  constructor(process: ChildProcess, silentSeconds: number) {
    this.#silentSeconds = silentSeconds;
    this.#process = process;
    this.gone = new Promise((resolve) => {
      this.#process.once('exit', () => resolve()).once('error', () => resolve());
    });
    this.ready = this.#reply();
    // Told by `ask`.
    this.ready.catch(() => {});
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  async ask(question: Question): Promise<ChildReply> {
    const ready = await this.ready;
    if (!('ready' in ready)) return 'failed' in ready ? { died: `its process can't begin: ${ready.failed}` } : ready;
    const reply = this.#reply();
    // A child that is gone says so by its exit.
    this.#process.send(question, () => {});
    return reply;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async #reply(): Promise<ChildReply> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return { died: 'its process was gone' };
    return new Promise((resolve, reject) => {
      let silent = false;
      const timer = setTimeout(() => {
        silent = true;
        this.kill();
      }, this.#silentSeconds * 1000);
      const settle = (act: () => void) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        act();
      };
      const pieces: AudioPiece[] = [];
      const onMessage = (message: ChildMessage) => {
        timer.refresh();
        if (message === 'end') settle(() => resolve({ pieces }));
        else if ('piece' in message) pieces.push(message.piece);
        else settle(() => resolve(message));
      };
      const onExit = (status: number | null, signal: string | null) => {
        const how = silent ? `said nothing for ${this.#silentSeconds} s` : `ended with ${signal ?? `status ${status}`}`;
        settle(() => resolve({ died: `its process ${how}` }));
      };
      const onError = (error: Error) => settle(() => reject(error));
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
    });
  }
}

/**
 * Decodes files one after the other in a child process, which is started for the first of them. Where it dies of a file, or that file is not
 * waited for any more, it is killed and the next file gets a fresh one; a file gets two tries.
 */
export class ChildQueue {
  readonly #start: () => DecoderChild;
  readonly #maxSeconds: number;
  readonly #calls = new Set<Call>();
  /** Settled when all processes so far are gone. */
  #gone: Promise<unknown> = Promise.resolve();
  #child: DecoderChild | undefined;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /** `start` starts a child; nothing is started here. */
  constructor(start: () => DecoderChild, maxSeconds: number) {
    this.#start = start;
    this.#maxSeconds = maxSeconds;
  }

  /**
   * The first audio stream of a file as the bytes of a wav file with 32-bit floats.
   * Throws a DataError that names the path, the signal's reason, or an Error after `close`.
   */
  async read(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.#closed) throw new Error(`${path}: the decoder is closed.`);
    const call = openCall(path, signal);
    this.#calls.add(call);
    this.#last = this.#last.then(() => this.#serve(call)).catch(call.refuse);
    return call.answer.finally(() => this.#calls.delete(call));
  }

  /** Refuses what is still waited for, kills the child and waits until it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#calls) call.refuse(new Error(`${call.path}: the decoder was closed.`));
    this.#child?.kill();
    await this.#gone;
  }

  async #serve(call: Call): Promise<void> {
    if (!call.open()) return;
    await requireFile(call.path);
    let reply: ChildReply | undefined;
    for (let tries = 0; tries < 2 && call.open(); tries++) {
      reply = await this.#ask(call);
      if (!('died' in reply)) break;
    }
    if (reply === undefined || !call.open()) return;
    if ('pieces' in reply) call.give(wavOf(reply.pieces));
    else call.refuse(undecodable(call.path, reply));
  }

  async #ask({ path, answer }: Call): Promise<ChildReply> {
    this.#child ??= this.#fresh();
    const child = this.#child;
    let replied = false;
    // It may be in the middle of native code, where nothing but its end stops it.
    void answer.catch(() => {}).then(() => replied || child.kill());
    try {
      const reply = await child.ask({ path, maxSeconds: this.#maxSeconds });
      if ('died' in reply) {
        this.#child = undefined;
        child.kill();
      }
      return reply;
    } finally {
      replied = true;
    }
  }

  #fresh(): DecoderChild {
    const child = this.#start();
    const before = this.#gone;
    this.#gone = child.gone.then(() => before);
    return child;
  }
}

function undecodable(path: string, reply: Exclude<ChildReply, { readonly pieces: unknown }>): DataError {
  const why = 'died' in reply ? `${reply.died}, twice` : 'failed' in reply ? reply.failed : 'it gave no audio';
  return refusal(
    path,
    `node-av can't decode it: ${why}. Expected an audio file that is whole; get it again, or leave it out.`,
  );
}

/** A wav file with these pieces of one recording, at least one: every sample as it is. */
function wavOf(pieces: readonly AudioPiece[]): Uint8Array {
  const { sampleRate, channels } = pieces[0]!;
  const audio = pieces.map(({ samples }) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return wavFile(audio, { encoding: 'float32', sampleRate, channels });
}
