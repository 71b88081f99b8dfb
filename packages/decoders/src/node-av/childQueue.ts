import { requireFile } from '@refrain/audio';
import { DataError } from '@refrain/core';
import { type Call, openCall } from '../call.ts';
import type { ChildReply, DecoderChild } from './decoderChild.ts';
import { floatWav } from './floatWav.ts';

/**
 * Decodes files one after the other in a child process, which is started for the first of them. Where it dies of a file, or that file is not
 * waited for any more, it is killed and the next file gets a fresh one; a file gets two tries.
 */
export class ChildQueue {
  readonly #start: () => DecoderChild;
  readonly #maxSeconds: number;
  readonly #calls: Call[] = [];
  readonly #started = new Set<Promise<void>>();
  #child: DecoderChild | undefined;
  #busy = false;
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
    this.#calls.push(call);
    if (!this.#busy) void this.#work();
    return call.answer;
  }

  /** Refuses what is still waited for, kills the child and waits until it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#calls) call.refuse(new Error(`${call.path}: the decoder was closed.`));
    this.#child?.kill();
    await Promise.all(this.#started);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    // A call stays in the queue while it is worked on: whoever closes has to find it.
    for (let call = this.#calls[0]; call !== undefined; call = this.#calls[0]) {
      await this.#serve(call).catch(call.refuse);
      this.#calls.shift();
    }
    this.#busy = false;
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
    if ('pieces' in reply) call.give(floatWav(reply.pieces));
    else call.refuse(refusal(call.path, reply));
  }

  async #ask({ path, answer }: Call): Promise<ChildReply> {
    this.#child ??= this.#fresh();
    const child = this.#child;
    let replied = false;
    // It may be in the middle of native code, where nothing but its end stops it.
    void answer.catch(() => {}).then(() => replied || child.kill());
    try {
      const reply = await child.ask({ path, maxSeconds: this.#maxSeconds });
      if ('died' in reply) this.#child = undefined;
      return reply;
    } finally {
      replied = true;
    }
  }

  #fresh(): DecoderChild {
    const child = this.#start();
    const gone = child.gone.then(() => void this.#started.delete(gone));
    this.#started.add(gone);
    return child;
  }
}

function refusal(path: string, reply: Exclude<ChildReply, { readonly pieces: unknown }>): DataError {
  const why = 'died' in reply ? `${reply.died}, twice` : 'failed' in reply ? reply.failed : 'it gave no audio';
  return new DataError(
    path,
    `${path}: node-av can't decode it: ${why}. Expected an audio file that is whole; get it again, or leave it out.`,
  );
}
