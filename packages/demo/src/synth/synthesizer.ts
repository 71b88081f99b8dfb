import type { Waveform } from '@refrain/core';
import type { SpessaSynthProcessor } from 'spessasynth_core';
import { INSTRUMENTS, type InstrumentName } from '../music/instruments.ts';
import { isDrums, type Performance } from '../music/perform.ts';
import { equalize, type Tone } from './equalizer.ts';
import { addReverb } from './reverb.ts';
import { loadSoundFont } from './soundFont.ts';

/** Hz of everything rendered here. */
export const SAMPLE_RATE = 22_050;

/** Raise it when the same notes come to sound different, so that old files aren't taken for new ones. */
export const RENDERING_VERSION = 1;

/** Samples between two looks at the notes: 5.8 ms, finer than anyone hears a rhythm. */
const BLOCK = 128;
const DRUM_CHANNEL = 9;
const BANK_SELECT = 0;
const CHANNEL_VOLUME = 7;
const MAX_VOICES = 96;

/** What to make of a performance. */
interface RenderOptions {
  /** Length of the result. */
  readonly seconds: number;
  /** Leaves out that much of the beginning, in seconds. */
  readonly skip?: number;
  /** Share of reverberation, 0…1. */
  readonly room: number;
  /** Weights of the bands; all 1 unless said. */
  readonly tone?: Tone;
  /** Factor on the samples; 1 unless said. */
  readonly gain?: number;
}

/** A performance and what to make of it: all that a synthesizer needs, and can be sent to another thread. */
export interface Rendering {
  readonly performance: Performance;
  readonly options: RenderOptions;
}

/**
 * Plays performances on the instruments of the sound font, which is loaded once. What it renders doesn't depend on what
 * it rendered before.
 */
export class Synthesizer {
  readonly #processor: SpessaSynthProcessor;

  private constructor(processor: SpessaSynthProcessor) {
    this.#processor = processor;
  }

  /** A synthesizer with its instruments loaded. Throws a DataError when the sound font can't be read. */
  static async load(): Promise<Synthesizer> {
    const { SpessaSynthProcessor } = await import('spessasynth_core');
    const processor = new SpessaSynthProcessor(SAMPLE_RATE, {
      effectsEnabled: false,
      eventsEnabled: false,
      maxBufferSize: BLOCK,
    });
    processor.setSystemParameter('voiceCap', MAX_VOICES);
    processor.soundBankManager.addSoundBank(await loadSoundFont(SAMPLE_RATE), 'fluid');
    await processor.processorInitialized;
    return new Synthesizer(processor);
  }

  /** The performance as mono audio of exactly the length asked for, every sample within ±1. */
  render({ performance, options }: Rendering): Waveform {
    const { seconds, skip = 0, room, tone, gain = 1 } = options;
    const skipped = Math.round(skip * SAMPLE_RATE);
    const length = skipped + Math.round(seconds * SAMPLE_RATE);
    const mono = this.#play(performance, length);
    removeOffset(mono);
    if (tone !== undefined) equalize(mono, SAMPLE_RATE, tone);
    addReverb(mono, SAMPLE_RATE, room);
    const samples = mono.slice(skipped);
    for (let i = 0; i < samples.length; i++) samples[i] = gain * limit(samples[i]! * HEADROOM);
    return { samples, sampleRate: SAMPLE_RATE };
  }

  #play(performance: Performance, length: number): Float32Array {
    const synth = this.#processor;
    synth.stopAllChannels(true);
    synth.reset();
    const channels = assignChannels(performance.instruments);
    for (const [part, instrument] of performance.instruments.entries()) this.#setUp(channels[part]!, instrument);
    const left = new Float32Array(length);
    const right = new Float32Array(length);
    const { notes } = performance;
    const releases = notes.map((_, index) => index).sort((a, b) => notes[a]!.off - notes[b]!.off);
    for (let at = 0, nextOn = 0, nextOff = 0; at < length; at += BLOCK) {
      const until = (at + BLOCK / 2) / SAMPLE_RATE;
      for (; nextOff < releases.length && notes[releases[nextOff]!]!.off < until; nextOff++) {
        const { part, pitch } = notes[releases[nextOff]!]!;
        synth.noteOff(channels[part]!, pitch);
      }
      for (; nextOn < notes.length && notes[nextOn]!.on < until; nextOn++) {
        const { part, pitch, velocity } = notes[nextOn]!;
        synth.noteOn(channels[part]!, pitch, velocity);
      }
      synth.process(left, right, at, Math.min(BLOCK, length - at));
    }
    for (let i = 0; i < length; i++) left[i] = (left[i]! + right[i]!) / 2;
    return left;
  }

  #setUp(channel: number, instrument: InstrumentName): void {
    const { program, bank = 0, volume } = INSTRUMENTS[instrument] as { program: number; bank?: number; volume: number };
    const synth = this.#processor;
    if (!isDrums(instrument)) synth.controllerChange(channel, BANK_SELECT, bank);
    synth.programChange(channel, program);
    // The loudness of a MIDI channel goes with the square of its volume.
    synth.controllerChange(channel, CHANNEL_VOLUME, Math.round(127 * 10 ** (volume / 40)));
  }
}

function assignChannels(instruments: readonly InstrumentName[]): number[] {
  let next = 0;
  return instruments.map((instrument) => {
    if (isDrums(instrument)) return DRUM_CHANNEL;
    if (next === DRUM_CHANNEL) next++;
    return next++;
  });
}

// Some recordings of the font don't swing about zero; a high-pass at 18 Hz takes that away and nothing else.
function removeOffset(samples: Float32Array): void {
  let before = 0;
  let result = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    result = sample - before + 0.995 * result;
    before = sample;
    samples[i] = result;
  }
}

/** The same for every clip, so that loud and quiet stay apart. */
const HEADROOM = 2.5;
const KNEE = 0.7;

// Untouched up to the knee, then bent towards ±1.
function limit(sample: number): number {
  const size = Math.abs(sample);
  if (size <= KNEE) return sample;
  const over = (size - KNEE) / (1 - KNEE);
  return Math.sign(sample) * (KNEE + (1 - KNEE) * (over / (1 + over)));
}
