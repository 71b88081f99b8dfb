import type { Chord, ChordSpan } from './chord.ts';
import { pitchClass } from './scale.ts';

/** How chords are laid out. */
export interface VoicingOptions {
  /** How many notes, 2 or more. */
  readonly voices: number;
  /** MIDI pitch the middle of a chord keeps near to. */
  readonly centre: number;
  /** Leave the root to the bass, as jazz players do, where the chord has enough other notes. */
  readonly rootless?: boolean;
  /** Drop the second voice from the top by an octave: the open sound of guitars and strings. */
  readonly open?: boolean;
}

/**
 * The notes of each chord from low to high, one array per span, each chord reached from the one before with as little
 * movement as possible.
 */
export function voiceChords(spans: readonly ChordSpan[], options: VoicingOptions): number[][] {
  let previous: number[] | undefined;
  return spans.map(({ chord }) => {
    const candidates = voicingsOf(chord, options);
    const cost = (notes: number[]) => movement(previous, notes) + 0.6 * Math.abs(mean(notes) - options.centre);
    previous = candidates.reduce((best, notes) => (cost(notes) < cost(best) ? notes : best));
    return previous;
  });
}

function voicingsOf(chord: Chord, options: VoicingOptions): number[][] {
  const classes = colourOf(chord, options);
  const voicings: number[][] = [];
  for (let inversion = 0; inversion < classes.length; inversion++) {
    const order = [...classes.slice(inversion), ...classes.slice(0, inversion)];
    for (let octave = -2; octave <= 1; octave++) {
      const lowest = order[0]! + 12 * (Math.round(options.centre / 12) + octave);
      const notes = stack(order, lowest, options.voices);
      voicings.push(options.open ? dropSecond(notes) : notes);
    }
  }
  return voicings;
}

// Which chord tones sound: the fifth is the first to go, then the root where the bass has it.
function colourOf({ tones, root }: Chord, { voices, rootless }: VoicingOptions): number[] {
  let classes = [...tones];
  if (rootless && classes.length > 3) classes = classes.filter((tone) => tone !== root);
  if (classes.length > voices) classes = classes.filter((tone) => tone !== pitchClass(root + 7));
  if (classes.length > voices) classes = classes.filter((tone) => tone !== root);
  return classes.slice(0, Math.max(voices, 2)).sort((a, b) => pitchClass(a - root) - pitchClass(b - root));
}

function stack(order: readonly number[], lowest: number, voices: number): number[] {
  const notes = [lowest];
  for (let voice = 1; voice < voices; voice++) {
    const last = notes[voice - 1]!;
    const rise = pitchClass(order[voice % order.length]! - last);
    notes.push(last + (rise === 0 ? 12 : rise));
  }
  return notes;
}

function dropSecond(notes: readonly number[]): number[] {
  if (notes.length < 3) return [...notes];
  const dropped = notes[notes.length - 2]! - 12;
  return [...notes.filter((_, index) => index !== notes.length - 2), dropped].sort((a, b) => a - b);
}

const mean = (notes: readonly number[]) => notes.reduce((sum, note) => sum + note, 0) / notes.length;

function movement(previous: readonly number[] | undefined, notes: readonly number[]): number {
  if (!previous) return 0;
  return notes.reduce((sum, note, voice) => sum + Math.abs(note - previous[voice]!), 0);
}
