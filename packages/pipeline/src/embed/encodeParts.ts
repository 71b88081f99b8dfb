import { joined, resamplePieces } from '@refrain/audio';
import type { Encoder, Matrix } from '@refrain/core';

/**
 * What each of the encoders gives for mono audio at `sampleRate` Hz, which is read once and brought once to every rate they ask for. Throws what any of
 * them, or the audio, throws; then no other is waited for longer than it takes to tell it.
 */
export async function encodeParts(
  pieces: AsyncIterable<Float32Array>,
  sampleRate: number,
  encoders: readonly Encoder[],
  signal: AbortSignal,
): Promise<readonly Matrix[]> {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const streams = atRates(pieces, sampleRate, encoders, ended);
  const results = await Promise.allSettled(
    encoders.map(async (encoder, i) => {
      try {
        return await encode(streams[i]!, encoder, ended);
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }),
  );
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
  return results.map((result) => (result as PromiseFulfilledResult<Matrix>).value);
}

/** The audio as each of the encoders takes it. */
function atRates(
  pieces: AsyncIterable<Float32Array>,
  sampleRate: number,
  encoders: readonly Encoder[],
  signal: AbortSignal,
): readonly AsyncIterable<Float32Array>[] {
  const rates = [...new Set(encoders.map((encoder) => encoder.sampleRate))];
  const sources = shared(pieces, rates.length, signal);
  const readers = rates.map((rate, r) => {
    const count = encoders.filter((encoder) => encoder.sampleRate === rate).length;
    return shared(resamplePieces(sources[r]!, sampleRate, rate), count, signal)[Symbol.iterator]();
  });
  return encoders.map((encoder) => readers[rates.indexOf(encoder.sampleRate)]!.next().value!);
}

async function encode(pieces: AsyncIterable<Float32Array>, encoder: Encoder, signal: AbortSignal): Promise<Matrix> {
  if (encoder.encodeStream !== undefined) return encoder.encodeStream(pieces, { signal });
  const whole: Float32Array[] = [];
  for await (const piece of pieces) whole.push(piece);
  const samples = whole.length === 1 ? whole[0]! : joined(Float32Array, whole);
  return encoder.encode({ samples, sampleRate: encoder.sampleRate }, { signal });
}

/** Pieces that one reader may be ahead of another. */
const AHEAD = 4;

/** The same pieces for `count` readers at once. Who is `AHEAD` of another waits for it, so that not all of a long clip is held. */
function shared(
  pieces: AsyncIterable<Float32Array>,
  count: number,
  signal: AbortSignal,
): readonly AsyncGenerator<Float32Array>[] {
  if (count === 1) return [single(pieces)];
  const source = pieces[Symbol.asyncIterator]();
  const queues: (Float32Array[] | undefined)[] = Array.from({ length: count }, () => []);
  let isOver = false;
  let pulling: Promise<void> | undefined;
  let wake = () => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const tell = () => {
    wake();
    changed = new Promise((resolve) => {
      wake = resolve;
    });
  };
  signal.addEventListener('abort', tell, { once: true });
  const pull = async () => {
    const { done, value } = await source.next();
    if (done === true) isOver = true;
    else for (const queue of queues) queue?.push(value);
  };
  async function* reader(at: number): AsyncGenerator<Float32Array> {
    try {
      for (;;) {
        signal.throwIfAborted();
        const piece = queues[at]!.shift();
        if (piece !== undefined) {
          tell();
          yield piece;
        } else if (isOver) return;
        else if (pulling !== undefined) await pulling;
        else if (queues.some((queue) => queue !== undefined && queue.length >= AHEAD)) await changed;
        else {
          pulling = pull().finally(() => {
            pulling = undefined;
          });
          await pulling;
        }
      }
    } finally {
      queues[at] = undefined;
      tell();
      if (queues.every((queue) => queue === undefined)) await source.return?.();
    }
  }
  return queues.map((_, at) => reader(at));
}

async function* single(pieces: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array> {
  yield* pieces;
}
