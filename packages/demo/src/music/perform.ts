import type { Random } from '@refrain/core';
import type { Style } from '../styles/style.ts';
import type { Part, Score } from './arrange.ts';
import { bell } from './chance.ts';
import type { InstrumentName } from './instruments.ts';
import type { Note } from './notation.ts';

/** A sounding note. */
interface PlayedNote {
  /** Index into `Performance.instruments`. */
  readonly part: number;
  readonly pitch: number;
  /** MIDI velocity 1…127. */
  readonly velocity: number;
  /** Key down and key up, in seconds from the start. */
  readonly on: number;
  readonly off: number;
}

/** Music as played: what a synthesizer needs. */
export interface Performance {
  readonly instruments: readonly InstrumentName[];
  /** In order of `on`. */
  readonly notes: readonly PlayedNote[];
}

/**
 * A score as people would play it: swing, a little off the beat, louder towards the middle of phrases, no two strokes
 * alike.
 */
export function perform(score: Score, { looseness }: Pick<Style, 'looseness'>, random: Random): Performance {
  const notes = score.parts.flatMap((part, index) => {
    const player = random.fork(`${part.role}/${part.instrument}`);
    // Whoever plays ahead or behind does so for a while, not note by note.
    const lean = (bell(player) * looseness) / 3000;
    return releaseRepeated(part.notes.map((note) => playNote(note, part, index, score, lean, looseness, player)));
  });
  return {
    instruments: score.parts.map(({ instrument }) => instrument),
    notes: notes.sort((a, b) => a.on - b.on || a.part - b.part || a.pitch - b.pitch),
  };
}

function playNote(
  note: Note,
  part: Part,
  index: number,
  score: Score,
  lean: number,
  looseness: number,
  random: Random,
): PlayedNote {
  const seconds = 60 / score.tempo;
  const jitter = lean + (bell(random) * looseness) / 1000;
  const on = Math.max(0, swung(note.start, score.swing) * seconds + jitter);
  const end = swung(note.start + note.duration, score.swing) * seconds;
  const loudness = note.accent * part.weight * arch((note.start - score.leadIn) / (4 * score.beatsPerBar));
  const velocity = (50 + 62 * score.dynamic) * loudness + 3.5 * bell(random);
  // Keys are let go a little early, or the notes of a line would run into each other.
  const off = Math.max(on + 0.04, end - 0.012);
  return { part: index, pitch: note.pitch, velocity: Math.round(Math.min(126, Math.max(14, velocity))), on, off };
}

/** The beat at which a written beat is played: `swing` is where the second half of a beat falls; triplets stay. */
export function swung(beat: number, swing: number): number {
  const whole = Math.floor(beat + 1e-9);
  const part = beat - whole;
  const isTriplet = [1 / 3, 2 / 3].some((third) => Math.abs(part - third) < 1e-3);
  if (isTriplet || part < 1e-6) return beat;
  return whole + (part <= 0.5 ? part * 2 * swing : swing + (part - 0.5) * 2 * (1 - swing));
}

// A phrase of four bars swells to its middle and sinks again, by a tenth.
function arch(phrase: number): number {
  const place = phrase - Math.floor(phrase);
  return 0.94 + 0.4 * place * (1 - place);
}

// A pitch that is struck again ends first: one key can't be down twice.
function releaseRepeated(notes: readonly PlayedNote[]): PlayedNote[] {
  const next = new Map<number, number>();
  const released: PlayedNote[] = [];
  for (const note of [...notes].sort((a, b) => b.on - a.on)) {
    const again = next.get(note.pitch);
    next.set(note.pitch, note.on);
    if (again !== undefined && again - note.on < 0.03) continue;
    released.push(again === undefined ? note : { ...note, off: Math.min(note.off, again - 0.01) });
  }
  return released;
}
