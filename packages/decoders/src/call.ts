import { createHash } from 'node:crypto';
import { decodeAudio, streamAudio } from '@refrain/audio';
import { type Decoder, numberOption } from '@refrain/core';

/** One file that somebody waits for. */
export interface Call {
  readonly path: string;
  /** The bytes of its audio as a wav file. */
  readonly answer: Promise<Uint8Array>;
  /** Whether there is no answer yet. */
  open(): boolean;
  give(wav: Uint8Array): void;
  refuse(error: unknown): void;
}

/** A call that answers for itself when `signal` is aborted, with its reason. Only the first answer counts. */
export function openCall(path: string, signal: AbortSignal | undefined): Call {
  let open = true;
  let resolve: (wav: Uint8Array) => void;
  let reject: (error: unknown) => void;
  const answer = new Promise<Uint8Array>((give, refuse) => {
    [resolve, reject] = [give, refuse];
  });
  const onAbort = () => end(() => reject(signal?.reason));
  const end = (settle: () => void) => {
    if (!open) return;
    open = false;
    signal?.removeEventListener('abort', onAbort);
    settle();
  };
  signal?.addEventListener('abort', onAbort);
  return {
    path,
    answer,
    open: () => open,
    give: (wav) => end(() => resolve(wav)),
    refuse: (error) => end(() => reject(error)),
  };
}

/** How a decoder decodes that has `read` make a wav file of every file: with the checks of the built-in one. */
export function wavDecoder(
  read: (path: string, signal: AbortSignal | undefined) => Promise<Uint8Array>,
  maxSeconds: number,
): Pick<Decoder, 'decode' | 'stream'> {
  return {
    decode: async (path, { signal } = {}) => decodeAudio(await read(path, signal), path, { maxSeconds, signal }),
    stream: async (path, { signal } = {}) => streamAudio(await read(path, signal), path, { maxSeconds, signal }),
  };
}

/** The option of the longest audio that is read, 4 h by default. */
export function maxSecondsOption(effect = 'longer audio is refused') {
  return numberOption((n) => n.positive())
    .default(4 * 3600)
    .describe(effect);
}

/** What tells one build of FFmpeg from another, in a few characters. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
