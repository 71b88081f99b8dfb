import { type AudioStream, largest, refusal, type Waveform } from '@refrain/core';
import { joined } from './bytes.ts';
import { peakOf } from './peak.ts';

/**
 * The mean of channels that were played against each other has next to no power: less than this of theirs (−30 dB). Channels that have
 * nothing in common leave 1/n of it, and of the widest stereo mixes several per cent are left.
 */
const CANCELLED = 1e-3;

/** Samples that are mixed at a time: what is summed stays in the fast memory of a processor. */
const BLOCK = 4096;

/**
 * Four times full scale. Lossy decoders overshoot full scale on loud music, but stay below 2; a stream that is not what its header says decodes
 * to noise with peaks up to 15. The limit stands well above the first, so that one damaged frame does not cost a clip.
 */
const MAX_PEAK = 4;

/**
 * Makes mono audio of the channels of one clip, piece by piece: their mean, summed in float64, or one of them alone. It listens to what the mean
 * would lose, and refuses what is no audio.
 */
export class Mixdown {
  readonly #source: string;
  readonly #channel: number | undefined;
  #samples = 0;
  #peak = 0;
  readonly #power: number[] = [];
  #meanPower = 0;

  /** `source`: the file, for messages; `channel`: the one that is taken alone, from 0. */
  constructor(source: string, channel?: number) {
    this.#source = source;
    this.#channel = channel;
  }

  /**
   * Where the channels of what was mixed so far cancel each other out in their mean, as those of a stereo file do whose right channel is the
   * left one inverted: the loudest of them, the first of several. Undefined where they do not, as in silence.
   */
  get cancelled(): number | undefined {
    const total = this.#power.reduce((sum, power) => sum + power, 0);
    if (this.#meanPower >= (CANCELLED * total) / this.#power.length || total === 0) return undefined;
    return this.#power.indexOf(largest(this.#power));
  }

  /** The largest magnitude in what was mixed last. */
  get peak(): number {
    return this.#peak;
  }

  /** Mono audio of the next piece. Throws a DataError that names the file where a channel has a sample that is not finite or beyond ±4. */
  mix(channels: readonly Float32Array[]): Float32Array {
    const peaks = channels.map((samples) => checkedPeak(samples, this.#samples, this.#source));
    this.#samples += channels[0]!.length;
    if (channels.length > 1 && this.#channel === undefined) return this.#meanOf(channels);
    const channel = Math.min(this.#channel ?? 0, channels.length - 1);
    this.#peak = peaks[channel]!;
    return channels[channel]!;
  }

  #meanOf(channels: readonly Float32Array[]): Float32Array {
    const mean = new Float32Array(channels[0]!.length);
    const sums = new Float64Array(Math.min(BLOCK, mean.length));
    for (let start = 0; start < mean.length; start += BLOCK) {
      for (const [channel, samples] of channels.entries()) {
        const power = addTo(sums, samples.subarray(start, start + BLOCK), channel === 0);
        this.#power[channel] = (this.#power[channel] ?? 0) + power;
      }
      this.#meanPower += divided(sums, channels.length, mean.subarray(start, start + BLOCK));
    }
    this.#peak = peakOf(mean);
    return mean;
  }
}

/** Adds the samples to the sums, of which they may be the first, and returns their power. */
function addTo(sums: Float64Array, samples: Float32Array, isFirst: boolean): number {
  let power = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    sums[i] = (isFirst ? 0 : sums[i]!) + sample;
    power += sample * sample;
  }
  return power;
}

/** Puts the sums of so many channels into `mean`, divided by them, and returns its power. */
function divided(sums: Float64Array, channels: number, mean: Float32Array): number {
  let power = 0;
  for (let i = 0; i < mean.length; i++) {
    const middle = sums[i]! / channels;
    mean[i] = middle;
    power += middle * middle;
  }
  return power;
}

/**
 * All of a stream as one waveform: the mean of its channels, or the loudest of them where they cancel each other out in it. `open` opens the
 * stream; it is called again in that case. Throws what the stream and `Mixdown` throw, with the name of `source`.
 */
export async function wholeWaveform(source: string, open: () => Promise<AudioStream>): Promise<Waveform> {
  const mixdown = new Mixdown(source);
  const waveform = await mixedWhole(await open(), mixdown);
  const { cancelled } = mixdown;
  return cancelled === undefined ? waveform : mixedWhole(await open(), new Mixdown(source, cancelled));
}

async function mixedWhole({ sampleRate, pieces }: AudioStream, mixdown: Mixdown): Promise<Waveform> {
  const mixed: Float32Array[] = [];
  for await (const channels of pieces) mixed.push(mixdown.mix(channels));
  return { samples: mixed.length === 1 ? mixed[0]! : joined(Float32Array, mixed), sampleRate };
}

/** The largest magnitude. Throws a DataError where audio has a sample that is not finite or beyond 4; `at` is the place of its first sample in what was heard. */
function checkedPeak(samples: Float32Array, at: number, source: string): number {
  const peak = peakOf(samples);
  if (peak <= MAX_PEAK) return peak;
  const odd = samples.findIndex((sample) => !Number.isFinite(sample));
  if (odd >= 0)
    throw refusal(source, `sample ${at + odd} is ${samples[odd]}, not a finite number. Export the file again.`);
  throw refusal(
    source,
    `decodes to a peak of ${peak.toPrecision(3)}, where audio lies in −1…1. The file is damaged, or holds floats of another scale: convert it to 16-bit wav.`,
  );
}
