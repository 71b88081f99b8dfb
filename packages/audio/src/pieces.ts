import { setImmediate } from 'node:timers/promises';
import { type AudioStream, DataError } from '@refrain/core';
import { PieceChecks } from './waveformChecks.ts';

/** A piece of decoded audio, as the WASM decoders give it. */
export interface DecodedPiece {
  /** One array per channel, of `samplesDecoded` each. */
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** When decoding is given up. */
export interface PieceLimits {
  readonly maxSeconds: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The stream of decoded pieces, once the first with audio has come. It throws a DataError when none holds audio, the sample rate or the
 * number of channels changes, a sample is none, or it gets longer than `maxSeconds`; `failed` makes of other errors what is thrown. Between two pieces it gives the event
 * loop a turn, and stops when `signal` is aborted.
 */
export async function streamOf(
  decoded: AsyncGenerator<DecodedPiece>,
  source: string,
  limits: PieceLimits,
  failed: (error: unknown) => unknown,
): Promise<AudioStream> {
  const pieces = checkedPieces(decoded, source, limits, failed);
  const first = await pieces.next();
  const { sampleRate, channelData } = first.value!;
  return { sampleRate, pieces: continued(channelData, pieces) };
}

async function* checkedPieces(
  decoded: AsyncGenerator<DecodedPiece>,
  source: string,
  { maxSeconds, signal }: PieceLimits,
  failed: (error: unknown) => unknown,
): AsyncGenerator<DecodedPiece> {
  const errors: string[] = [];
  const checks = new PieceChecks(source, maxSeconds);
  try {
    for await (const piece of decoded) {
      // The decoders never wait, so without a turn of the event loop nothing could abort the signal.
      await setImmediate();
      signal?.throwIfAborted();
      for (const { message } of piece.errors) errors.push(message);
      if (piece.samplesDecoded === 0) continue;
      checks.take(piece.channelData, piece.sampleRate);
      yield piece;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw failed(error);
  }
  if (checks.samples > 0) return;
  const detail = errors.length === 0 ? '' : ` (the decoder says: ${errors[0]})`;
  throw new DataError(source, `${source}: no frame of it holds audio${detail}. The file is damaged: get it again.`);
}

/** `first`, then the channels of the others. Not a generator: one that was never begun would not end `rest` with itself. */
function continued(
  first: readonly Float32Array[],
  rest: AsyncGenerator<DecodedPiece>,
): AsyncIterableIterator<readonly Float32Array[]> {
  let next: readonly Float32Array[] | undefined = first;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (next !== undefined) {
        const value = next;
        next = undefined;
        return { done: false, value };
      }
      const { done, value } = await rest.next();
      return done ? { done, value: undefined } : { done: false, value: value.channelData };
    },
    async return() {
      next = undefined;
      await rest.return(undefined);
      return { done: true, value: undefined };
    },
  };
}
