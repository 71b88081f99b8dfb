import { ConfigError, type Waveform } from '@refrain/core';
import { convWidth, openConv, openLoop, type Polyphase, resampled } from './polyphase.ts';
import { kernelShape, resampleKernel } from './resampleKernel.ts';

/** Convolutions with more weights than this are mostly zeros (rates with few common divisors): there the loop is quicker and smaller. */
const MAX_CONV_WEIGHTS = 4_000_000;

/** Filter coefficients kept for the next file, 8 bytes each at most. */
const CACHED_VALUES = 16_000_000;

/** Samples of a waveform that are taken at once, 1 MB. */
const PIECE = 2 ** 18;

/** By their rates, the longest unused first. */
const polyphases = new Map<string, { readonly size: number; readonly polyphase: Promise<Polyphase> }>();

/**
 * The waveform at another sample rate in Hz, as FFmpeg's libswresample resamples by default; the same waveform when it has this rate.
 * The length is ceil(n · target / source), so at least one sample for one. Beyond its ends the input goes on as its mirror image, over and over
 * for inputs shorter than the filter, where FFmpeg would give fewer samples or none.
 * Throws a ConfigError unless both rates are positive whole numbers.
 */
export async function resample(waveform: Waveform, sampleRate: number): Promise<Waveform> {
  const { samples: input, sampleRate: source } = waveform;
  refuseOddRates(source, sampleRate);
  if (source === sampleRate) return waveform;
  const samples = new Float32Array(Math.ceil((input.length * sampleRate) / source));
  let filled = 0;
  for await (const piece of resamplePieces(sliced(input), source, sampleRate)) {
    samples.set(piece, filled);
    filled += piece.length;
  }
  return { samples, sampleRate };
}

/**
 * What `resample` gives, for audio at `source` Hz that comes in pieces: the same samples at `target` Hz, wherever it was cut. The pieces given
 * are not to be changed before this ends.
 */
export async function* resamplePieces(
  pieces: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  source: number,
  target: number,
): AsyncGenerator<Float32Array> {
  refuseOddRates(source, target);
  if (source === target) return yield* pieces;
  yield* resampled(await polyphaseFor(source, target), pieces);
}

/** The filter for these rates. Whoever uses one keeps it alive that was forgotten for the sake of others: its memory goes with the last user. */
function polyphaseFor(source: number, target: number): Promise<Polyphase> {
  const key = `${source} ${target}`;
  const shape = kernelShape(source, target);
  const width = convWidth(shape);
  const byConv = shape.up * width <= MAX_CONV_WEIGHTS;
  const size = shape.up * (byConv ? width : shape.taps);
  const open = async () => (byConv ? openConv : openLoop)(resampleKernel(source, target));
  const entry = polyphases.get(key) ?? { size, polyphase: open() };
  entry.polyphase.catch(() => polyphases.delete(key));
  polyphases.delete(key);
  polyphases.set(key, entry);
  let total = [...polyphases.values()].reduce((sum, kept) => sum + kept.size, 0);
  for (const [oldest, kept] of polyphases) {
    if (total <= CACHED_VALUES || oldest === key) break;
    polyphases.delete(oldest);
    total -= kept.size;
  }
  return entry.polyphase;
}

/** Samples in slices of `PIECE`; none for none. */
export function* sliced(samples: Float32Array): Generator<Float32Array> {
  for (let start = 0; start < samples.length; start += PIECE) yield samples.subarray(start, start + PIECE);
}

function refuseOddRates(...rates: readonly number[]): void {
  for (const rate of rates) {
    if (!Number.isSafeInteger(rate) || rate <= 0) {
      throw new ConfigError('sampleRate', `Resampling needs sample rates in whole Hz above 0, given: ${rate}.`);
    }
  }
}
