import type { Random } from '@refrain/core';
import { playBass } from './bass.ts';
import { harmonise } from './chorale.ts';
import { CHORD_TEXTURES, into, playChords } from './chords.ts';
import { type ChosenArrangement, type Composition, type Section, workOf } from './compose.ts';
import { GROOVES, playGroove } from './drums.ts';
import { INSTRUMENTS, type InstrumentName } from './instruments.ts';
import { counterLine, harmonyBelow } from './melody.ts';
import type { Note } from './notation.ts';
import { stepInScale } from './theory.ts';

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

const LEADS: readonly string[] = ['theme', 'ornamented theme', 'solo', 'riff'];

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
  const hasLead = Object.values(parts).some((texture) => LEADS.includes(texture));
  const played = Object.entries(parts).map(([role, texture]): Part => {
    const instrument = cast[HANDS.includes(role) ? 'keys' : role]!;
    const notes = play(texture, instrument, section, beatsPerBar, beats, random.fork(role));
    return { role, texture, instrument, weight: weightOf(texture, hasLead), notes: excerpt(notes, from) };
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
      return playGroove(random, GROOVES[texture]!, { beatsPerBar, beats, phrase: section.bars % 8 === 0 ? 8 : 4 });
    case 'chords':
      return playChords(CHORD_TEXTURES[texture]!, setting);
    case 'bass':
      return playBass(texture, setting);
    case 'line':
      return repeatLine(LINES[texture]!(section, range, beatsPerBar), section.bars * beatsPerBar, beats);
  }
}

function repeatLine(line: readonly Note[], period: number, beats: number): Note[] {
  const notes: Note[] = [];
  for (let offset = 0; offset < beats; offset += period) {
    for (const note of line) notes.push({ ...note, start: note.start + offset });
  }
  return notes.filter(({ start }) => start < beats);
}

type Range = readonly [number, number];

/** What a melody instrument can play; all of it comes from the track's themes and their harmony. */
export const LINES: Readonly<Record<string, (section: Section, range: Range, beatsPerBar: number) => Note[]>> = {
  theme: ({ theme }, range) => transposeInto(theme, range),
  'ornamented theme': ({ ornamented }, range) => transposeInto(ornamented, range),
  'theme in octaves': ({ theme }, range) => transposeInto(theme, range, 12),
  harmony: ({ theme, spans }, range) => transposeInto(harmonyBelow(theme, spans), range),
  solo: ({ solo }, range) => transposeInto(solo, range),
  riff: ({ riff }, range) => transposeInto(riff, range, -12),
  'counter line': ({ spans, bars }, range, beatsPerBar) => counterLine(spans, middleOf(range), bars * beatsPerBar),
  'chorale soprano': (section, range) => playVoice(0, section, range),
  'chorale alto': (section, range) => playVoice(1, section, range),
  'chorale tenor': (section, range) => playVoice(2, section, range),
  'chorale bass': (section, range) => playVoice(3, section, range),
  'pulsing alto': (section, range) => pulse(playVoice(1, section, range, false)),
  'pulsing tenor': (section, range) => pulse(playVoice(2, section, range, false)),
  'pulsing bass': (section, range) => pulse(playVoice(3, section, range, false)),
};

const middleOf = ([low, high]: Range): Range => {
  const quarter = Math.floor((high - low) / 4);
  return high - low < 20 ? [low, high] : [low + quarter, Math.max(low + quarter + 13, high - quarter)];
};

// A line moved by whole octaves to where most of it fits the range (after `lift` semitones), its last outliers folded in.
function transposeInto(line: readonly Note[], range: Range, lift = 0): Note[] {
  const [low, high] = range;
  const cost = (shift: number) =>
    line.reduce((sum, { pitch }) => sum + Math.max(0, low - pitch - shift, pitch + shift - high), 0) * 10 +
    Math.abs(shift - lift);
  const shift = [-36, -24, -12, 0, 12, 24, 36].reduce((best, candidate) =>
    cost(candidate) < cost(best) ? candidate : best,
  );
  return line.map((note) => ({ ...note, pitch: into(note.pitch + shift, range) }));
}

// A voice of the section's harmony in four parts, soprano (0) to bass (3), with passing notes or without.
function playVoice(voice: number, { theme, spans }: Section, range: Range, passes = voice !== 1): Note[] {
  const wishes = spans.map(
    ({ start }) => theme.findLast((note) => note.start <= start + 1e-9)?.pitch ?? theme[0]!.pitch,
  );
  const pitches = harmonise(spans, wishes).map((parts) => into(parts[voice]!, range));
  return spans.flatMap(({ start, duration, chord }, index) => {
    const pitch = pitches[index]!;
    const gap = (pitches[index + 1] ?? pitch) - pitch;
    if (!passes || Math.abs(gap) < 3 || Math.abs(gap) > 4) return [{ pitch, start, duration, accent: 1 }];
    // A third is filled by a passing note on the last half beat.
    const passing = stepInScale(pitch, Math.sign(gap), chord.scale);
    return [
      { pitch, start, duration: duration - 0.5, accent: 1 },
      { pitch: passing, start: start + duration - 0.5, duration: 0.5, accent: 0.9 },
    ];
  });
}

// Held notes as eighths.
function pulse(line: readonly Note[]): Note[] {
  return line.flatMap(({ pitch, start, duration }) =>
    Array.from(
      { length: duration * 2 },
      (_, i): Note => ({ pitch, start: start + i / 2, duration: 0.4, accent: i % 2 === 0 ? 0.98 : 0.88 }),
    ),
  );
}

// What leads is heard above what accompanies it.
function weightOf(texture: string, hasLead: boolean): number {
  const weights = { drums: 0.92, bass: 0.95, chords: hasLead ? 0.8 : 1, line: LEADS.includes(texture) ? 1.06 : 0.9 };
  return weights[workOf(texture)];
}
