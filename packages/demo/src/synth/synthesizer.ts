import type { Waveform } from '@refrain/core';
import type { SpessaSynthProcessor } from 'spessasynth_core';
import { INSTRUMENTS, type Instrument } from '../music/instruments.ts';
import type { Performance } from '../music/perform.ts';
import { addReverb, equalize, removeOffset, type Tone } from './filters.ts';
import { loadSoundFont } from './soundFont.ts';

/** Hz of everything rendered here. */
export const SAMPLE_RATE = 22_050;

/** Raise it when the same notes come to sound different, so that old files aren't taken for new ones. */
export const RENDERING_VERSION = 2;

/** Samples between two looks at the notes: 5.8 ms, finer than anyone hears a rhythm. */
const BLOCK = 128;
const MAX_VOICES = 96;

/** MIDI, as the synthesizer takes it. */
const [NOTE_OFF, NOTE_ON] = [0x80, 0x90] as const;
const [BANK_SELECT, CHANNEL_VOLUME] = [0, 7] as const;
const DRUM_CHANNEL = 9;

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
  readonly #open: () => SpessaSynthProcessor;

  private constructor(open: () => SpessaSynthProcessor) {
    this.#open = open;
  }

  /** A synthesizer with its instruments loaded. Throws a DataError when the sound font can't be read. */
  static async load(): Promise<Synthesizer> {
    const { SpessaSynthProcessor } = await import('spessasynth_core');
    const bank = await loadSoundFont(SAMPLE_RATE);
    return new Synthesizer(() => {
      // Its own reverberation and chorus would double the time that everything takes.
      const processor = new SpessaSynthProcessor(SAMPLE_RATE, {
        effectsEnabled: false,
        eventsEnabled: false,
        maxBufferSize: BLOCK,
      });
      processor.setSystemParameter('voiceCap', MAX_VOICES);
      processor.soundBankManager.addSoundBank(bank, 'fluid');
      return processor;
    });
  }

  /** The performance as mono audio of exactly the length asked for, every sample within ±1. */
  render({ performance, options }: Rendering): Waveform {
    const { seconds, skip = 0, room, tone, gain = 1 } = options;
    const skipped = Math.round(skip * SAMPLE_RATE);
    const mono = play(this.#open(), performance, skipped + Math.round(seconds * SAMPLE_RATE));
    removeOffset(mono);
    if (tone !== undefined) equalize(mono, SAMPLE_RATE, tone);
    addReverb(mono, SAMPLE_RATE, room);
    const samples = mono.slice(skipped);
    for (let i = 0; i < samples.length; i++) samples[i] = gain * limit(samples[i]! * HEADROOM);
    return { samples, sampleRate: SAMPLE_RATE };
  }
}

function play(synth: SpessaSynthProcessor, performance: Performance, length: number): Float32Array {
  const instruments = performance.instruments.map((name): Instrument => INSTRUMENTS[name]);
  // Nobody has ten parts.
  const channels = instruments.map(({ family }, part) => (family === 'drums' ? DRUM_CHANNEL : part));
  for (const [part, { family, program, bank = 0, volume }] of instruments.entries()) {
    const channel = channels[part]!;
    if (family !== 'drums') synth.controllerChange(channel, BANK_SELECT, bank);
    synth.programChange(channel, program);
    // The loudness of a MIDI channel goes with the square of its volume.
    synth.controllerChange(channel, CHANNEL_VOLUME, Math.round(127 * 10 ** (volume / 40)));
  }
  // The synthesizer would sort its queue anew for every event.
  const events = performance.notes
    .flatMap(({ part, pitch, velocity, on, off }) => [
      { time: on, message: [NOTE_ON + channels[part]!, pitch, velocity] },
      { time: off, message: [NOTE_OFF + channels[part]!, pitch, 0] },
    ])
    .sort((a, b) => a.time - b.time);
  const [left, right] = [new Float32Array(length), new Float32Array(length)];
  let next = 0;
  for (let at = 0; at < length; at += BLOCK) {
    for (; next < events.length && events[next]!.time <= synth.currentTime; next++)
      synth.processMessage(events[next]!.message);
    synth.process(left, right, at, Math.min(BLOCK, length - at));
  }
  for (let i = 0; i < length; i++) left[i] = (left[i]! + right[i]!) / 2;
  return left;
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
