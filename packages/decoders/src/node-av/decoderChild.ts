import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
export type ChildReply =
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

  /**
   * Starts `module`, a TypeScript source where the workspace runs from its sources, with these arguments. It is killed when it says nothing
   * for `silentSeconds` of work.
   */
  constructor(module: URL, args: readonly string[], silentSeconds: number) {
    this.#silentSeconds = silentSeconds;
    this.#process = fork(fileURLToPath(module), args, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: module.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('@refrain/core/from-source')] : [],
    });
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
