import type { Random } from '@refrain/core';
import { playBass } from './bass.ts';
import { CHORD_TEXTURES, into, playChords } from './chords.ts';
import { type ChosenArrangement, type Composition, type Section, workOf } from './compose.ts';
import { GROOVES, playGroove } from './drums.ts';
import { INSTRUMENTS, type InstrumentName } from './instruments.ts';
import type { Note } from './notation.ts';

/** What one instrument plays. */
export interface Part {
  /** Its place in the band, e.g. `lead`, `bass`. */
  readonly role: string;
  /** What it plays, e.g. `theme`, `walking bass`. */
  readonly texture: string;
  readonly instrument: InstrumentName;
  /** Loudness relative to a leading part. */
  readonly weight: number;
  readonly notes: readonly Note[];
}

/** The written music of one excerpt. */
export interface Score {
  /** Beats per minute. */
  readonly tempo: number;
  readonly beatsPerBar: number;
  /** Where the second half of a beat falls: 0.5 is straight, 0.67 a triplet swing. */
  readonly swing: number;
  /** 0 (pianissimo) … 1 (fortissimo). */
  readonly dynamic: number;
  /** Beats before the excerpt proper: the bar that leads to it, so that it can start in the middle of sound. */
  readonly leadIn: number;
  /** Which bar of its section it starts with after that, from 0. */
  readonly firstBar: number;
  readonly parts: readonly Part[];
}

/** Roles of one player's two hands: they share the instrument of `keys`. */
const HANDS = ['right hand', 'left hand'];

/** Lines that lie higher or lower than they are written, in semitones. */
const LIFTS: Readonly<Record<string, number>> = { 'theme in octaves': 12, riff: -12 };

/** Who leads is heard above who accompanies. */
const WEIGHTS = { drums: 0.92, bass: 0.95, chords: 0.85, line: 1.05 };

/** The score of one excerpt: the arrangement's section from one of its phrases on for `seconds`, and the bar before. */
export function arrange(
  composition: Composition,
  { section: name, dynamic, parts }: ChosenArrangement,
  seconds: number,
  random: Random,
): Score {
  const { style, tempo, cast } = composition;
  const { beatsPerBar, swing } = style;
  const section = composition.sections[name];
  const length = Math.ceil((seconds * tempo) / 60);
  // A slow piece doesn't reach its second half in the time, so half of the excerpts start there.
  const firstBar = section.bars - length / beatsPerBar >= 2.5 ? 4 * random.fork('start').integer(2) : 0;
  // What leads to the first bar of a section is its last: sections are played again and again.
  const from = ((firstBar === 0 ? section.bars : firstBar) - 1) * beatsPerBar;
  const beats = from + beatsPerBar + length;
  const played = Object.entries(parts).map(([role, texture]): Part => {
    const instrument = cast[HANDS.includes(role) ? 'keys' : role]!;
    const notes = play(texture, instrument, section, beatsPerBar, beats, random.fork(role));
    return { role, texture, instrument, weight: WEIGHTS[workOf(texture)], notes: excerpt(notes, from) };
  });
  return { tempo, beatsPerBar, swing, dynamic, leadIn: beatsPerBar, firstBar, parts: played };
}

function excerpt(notes: readonly Note[], from: number): Note[] {
  return notes
    .filter(({ start }) => start >= from - 1e-9)
    .map((note) => ({ ...note, start: note.start - from }))
    .sort((a, b) => a.start - b.start || a.pitch - b.pitch);
}

function play(
  texture: string,
  instrument: InstrumentName,
  section: Section,
  beatsPerBar: number,
  beats: number,
  random: Random,
): Note[] {
  const { range } = INSTRUMENTS[instrument];
  const setting = { spans: section.spans, beatsPerBar, beats, range };
  switch (workOf(texture)) {
    case 'drums':
      return playGroove(random, GROOVES[texture]!, beatsPerBar, beats, section.bars % 8 === 0 ? 8 : 4);
    case 'chords':
      return playChords(CHORD_TEXTURES[texture]!, setting);
    case 'bass':
      return playBass(texture, setting);
    case 'line':
      return repeatLine(
        transposeInto(section.lines[texture]!, range, LIFTS[texture]),
        section.bars * beatsPerBar,
        beats,
      );
  }
}

function repeatLine(line: readonly Note[], period: number, beats: number): Note[] {
  const notes: Note[] = [];
  for (let offset = 0; offset < beats; offset += period) {
    for (const note of line) notes.push({ ...note, start: note.start + offset });
  }
  return notes.filter(({ start }) => start < beats);
}

// A line moved by whole octaves to where most of it fits the range (after `lift` semitones), its last outliers folded in.
function transposeInto(line: readonly Note[], range: readonly [number, number], lift = 0): Note[] {
  const [low, high] = range;
  const cost = (shift: number) =>
    line.reduce((sum, { pitch }) => sum + Math.max(0, low - pitch - shift, pitch + shift - high), 0) * 10 +
    Math.abs(shift - lift);
  const shift = [-36, -24, -12, 0, 12, 24, 36].reduce((best, candidate) =>
    cost(candidate) < cost(best) ? candidate : best,
  );
  return line.map((note) => ({ ...note, pitch: into(note.pitch + shift, range) }));
}
