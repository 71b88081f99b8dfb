import { setImmediate } from 'node:timers/promises';
import { type AudioStream, type DataError, refusal } from '@refrain/core';

/** A piece of decoded audio, as the WASM decoders give it. */
export interface DecodedPiece {
  /** One array per channel, of `samplesDecoded` each. */
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** Bytes given to a decoder at once: a piece of music decodes to some megabytes at most. */
export const PIECE_LENGTH = 131_072;

/** Decodes one file piece by piece. No two calls share a decoder while they run, and none finds what another left in one. */
export type PieceDecoder = (bytes: Uint8Array, source: string, maxSeconds: number) => AsyncGenerator<DecodedPiece>;

/** When decoding is given up. */
interface PieceLimits {
  readonly maxSeconds: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The stream of decoded pieces, once the first with audio has come. It throws a DataError when none holds audio, the sample rate or the
 * number of channels changes, or it gets longer than `maxSeconds`; `failed` makes of other errors what is thrown. Between two pieces it gives the event
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
  return { sampleRate: first.value!.sampleRate, pieces: continued(first, pieces) };
}

async function* checkedPieces(
  decoded: AsyncGenerator<DecodedPiece>,
  source: string,
  { maxSeconds, signal }: PieceLimits,
  failed: (error: unknown) => unknown,
): AsyncGenerator<DecodedPiece, void> {
  let damage: string | undefined;
  let first: DecodedPiece | undefined;
  let samples = 0;
  try {
    for await (const piece of decoded) {
      // The decoders never wait, so without a turn of the event loop nothing could abort the signal.
      await setImmediate();
      signal?.throwIfAborted();
      damage ??= piece.errors[0]?.message;
      if (piece.samplesDecoded === 0) continue;
      const { channelData, sampleRate } = piece;
      first ??= piece;
      if (sampleRate !== first.sampleRate)
        throw changeError(source, 'sample rate', first.sampleRate, `${sampleRate} Hz`);
      if (channelData.length !== first.channelData.length)
        throw changeError(source, 'number of channels', first.channelData.length, channelData.length);
      samples += channelData[0]?.length ?? 0;
      checkHeader({ sampleRate, channels: channelData.length, samples }, source, maxSeconds);
      yield piece;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw failed(error);
  }
  if (first !== undefined) return;
  const detail = damage === undefined ? '' : ` (the decoder says: ${damage})`;
  throw refusal(source, `no frame of it holds audio${detail}. The file is damaged: get it again.`);
}

/** The channels of `first` and of what follows it. Not a generator: one that was never begun would not end `rest` with itself. */
function continued(
  first: IteratorResult<DecodedPiece, void>,
  rest: AsyncGenerator<DecodedPiece, void>,
): AsyncIterableIterator<readonly Float32Array[]> {
  let held: typeof first | undefined = first;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const { done, value } = held ?? (await rest.next());
      held = undefined;
      return done ? { done, value } : { done: false, value: value.channelData };
    },
    async return() {
      held = undefined;
      await rest.return();
      return { done: true, value: undefined };
    },
  };
}

/** What a file says about its audio before any of it is decoded. */
export interface AudioHeader {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel; absent where the header does not tell. */
  readonly samples?: number;
}

const SAMPLE_RATES = { min: 4_000, max: 384_000 };
const MAX_CHANNELS = 64;

/** Throws a DataError unless the rate is 4,000–384,000 Hz, the channels 1–64 and the duration at most `maxSeconds`. */
export function checkHeader(header: AudioHeader, source: string, maxSeconds: number): void {
  const { sampleRate, channels, samples } = header;
  if (!(sampleRate >= SAMPLE_RATES.min && sampleRate <= SAMPLE_RATES.max))
    throw refusal(
      source,
      `its header gives a sample rate of ${sampleRate} Hz, expected ${SAMPLE_RATES.min} to ${SAMPLE_RATES.max}. The file is damaged or no audio.`,
    );
  if (!(channels >= 1 && channels <= MAX_CHANNELS))
    throw refusal(
      source,
      `its header gives ${channels} channels, expected 1 to ${MAX_CHANNELS}. The file is damaged or no audio.`,
    );
  if (samples !== undefined && samples > maxSeconds * sampleRate) {
    const minutes = Math.round(samples / sampleRate / 60);
    throw refusal(
      source,
      `holds ${minutes} minutes of audio, at most ${Math.round(maxSeconds / 60)} are decoded. Cut the file or raise maxSeconds.`,
    );
  }
}

/** The DataError for a file that goes on with audio of another kind: resampling or mixing a part of it is nothing to do in silence. */
export function changeError(source: string, what: string, from: string | number, to: string | number): DataError {
  return refusal(source, `its ${what} changes from ${from} to ${to}. Split or convert the file.`);
}
