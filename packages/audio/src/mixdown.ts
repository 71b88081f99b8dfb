import { type AudioStream, largest, type Waveform } from '@refrain/core';
import { joined } from './bytes.ts';

/**
 * The mean of channels that were played against each other has next to no power: less than this of theirs (−30 dB). Channels that have
 * nothing in common leave 1/n of it, and of the widest stereo mixes several per cent are left.
 */
const CANCELLED = 1e-3;

/** Samples that are mixed at a time: what is summed stays in the fast memory of a processor. */
const BLOCK = 4096;

/**
 * Makes mono audio of the channels of one clip, piece by piece: their mean, summed in float64, or one of them alone. It listens to what the mean
 * would lose.
 */
export class Mixdown {
  readonly #channel: number | undefined;
  readonly #power: number[] = [];
  #meanPower = 0;

  /** `channel`: the one that is taken alone, from 0. */
  constructor(channel?: number) {
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

  mix(channels: readonly Float32Array[]): Float32Array {
    const first = channels[0]!;
    if (this.#channel !== undefined) return channels[this.#channel] ?? first;
    if (channels.length === 1) return first;
    const mean = new Float32Array(first.length);
    const sums = new Float64Array(Math.min(BLOCK, mean.length));
    for (let start = 0; start < mean.length; start += BLOCK) {
      for (const [channel, samples] of channels.entries()) {
        const power = addTo(sums, samples.subarray(start, start + BLOCK), channel === 0);
        this.#power[channel] = (this.#power[channel] ?? 0) + power;
      }
      this.#meanPower += divided(sums, channels.length, mean.subarray(start, start + BLOCK));
    }
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
 * stream; it is called again in that case.
 */
export async function wholeWaveform(open: () => Promise<AudioStream>): Promise<Waveform> {
  const mixdown = new Mixdown();
  const waveform = await mixedWhole(await open(), mixdown);
  const { cancelled } = mixdown;
  return cancelled === undefined ? waveform : mixedWhole(await open(), new Mixdown(cancelled));
}

async function mixedWhole({ sampleRate, pieces }: AudioStream, mixdown: Mixdown): Promise<Waveform> {
  const mixed: Float32Array[] = [];
  for await (const channels of pieces) mixed.push(mixdown.mix(channels));
  return { samples: mixed.length === 1 ? mixed[0]! : joined(Float32Array, mixed), sampleRate };
}
