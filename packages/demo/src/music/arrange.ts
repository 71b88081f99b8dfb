import type { Random } from '@refrain/core';
import type { Arrangement, LineName, TextureName } from '../styles/style.ts';
import { into, playChords } from './accompaniment.ts';
import { playBass } from './bass.ts';
import { harmonise } from './chorale.ts';
import type { Composition, Section } from './compose.ts';
import { playGroove } from './drumming.ts';
import { GROOVES, type GrooveName } from './grooves.ts';
import { INSTRUMENTS, type InstrumentName } from './instruments.ts';
import { counterLine, harmonyBelow } from './melody.ts';
import { stepInScale } from './scale.ts';
import type { Note, Part, Score } from './score.ts';
import { BASS_TEXTURES, type BassTextureName, CHORD_TEXTURES, type ChordTextureName } from './textures.ts';

/** Roles of one player's two hands: they share the instrument of `keys`. */
const HANDS = ['right hand', 'left hand'];

/** The score of one excerpt: the arrangement's section from one of its phrases on for `seconds`, and the bar before. */
export function arrange(composition: Composition, arrangement: Arrangement, seconds: number, random: Random): Score {
  const { style, tempo, cast } = composition;
  const { beatsPerBar } = style;
  const section = composition.sections[arrangement.section];
  const length = Math.ceil((seconds * tempo) / 60);
  const firstBar = chooseStart(section.bars, length / beatsPerBar, random.fork('start'));
  // What leads to the first bar of a section is its last: sections are played again and again.
  const from = ((firstBar === 0 ? section.bars : firstBar) - 1) * beatsPerBar;
  const hasLead = Object.values(arrangement.parts).some((texture) => isLead(texture as TextureName));
  const parts = Object.entries(arrangement.parts).map(([role, texture]): Part => {
    const instrument = cast[HANDS.includes(role) ? 'keys' : role]!;
    const request = {
      section,
      beatsPerBar,
      beats: from + beatsPerBar + length,
      instrument,
      texture: texture as TextureName,
    };
    const notes = play(request, random.fork(role));
    return {
      role,
      texture: texture as string,
      instrument,
      weight: weightOf(texture as TextureName, hasLead),
      notes: excerpt(notes, from),
    };
  });
  return {
    tempo,
    beatsPerBar,
    swing: style.swing ?? 0.5,
    dynamic: arrangement.dynamic,
    leadIn: beatsPerBar,
    firstBar,
    parts,
  };
}

// A slow piece doesn't reach its second half in the time, so half of the excerpts start there.
function chooseStart(bars: number, needed: number, random: Random): number {
  return bars - needed >= 2.5 ? 4 * random.integer(2) : 0;
}

function excerpt(notes: readonly Note[], from: number): Note[] {
  return notes
    .filter(({ start }) => start >= from - 1e-9)
    .map((note) => ({ ...note, start: note.start - from }))
    .sort((a, b) => a.start - b.start || a.pitch - b.pitch);
}

interface Request {
  readonly section: Section;
  readonly beatsPerBar: number;
  readonly beats: number;
  readonly instrument: InstrumentName;
  readonly texture: TextureName;
}

function play({ section, beatsPerBar, beats, instrument, texture }: Request, random: Random): Note[] {
  const { range } = INSTRUMENTS[instrument];
  const setting = { spans: section.spans, beatsPerBar, beats, range };
  if (texture in GROOVES)
    return playGroove(random, GROOVES[texture as GrooveName], {
      beatsPerBar,
      beats,
      phrase: section.bars % 8 === 0 ? 8 : 4,
    });
  if (texture in CHORD_TEXTURES) return playChords(CHORD_TEXTURES[texture as ChordTextureName], setting);
  if (texture in BASS_TEXTURES) return playBass(texture as BassTextureName, setting);
  const line = playLine(texture as LineName, section, beatsPerBar, range);
  return repeatLine(line, section.bars * beatsPerBar, beats);
}

function repeatLine(line: readonly Note[], period: number, beats: number): Note[] {
  const notes: Note[] = [];
  for (let offset = 0; offset < beats; offset += period) {
    notes.push(...line.map((note) => ({ ...note, start: note.start + offset })));
  }
  return notes.filter(({ start }) => start < beats);
}

function playLine(line: LineName, section: Section, beatsPerBar: number, range: readonly [number, number]): Note[] {
  const { theme, spans, bars } = section;
  switch (line) {
    case 'theme':
      return transposeInto(theme, range);
    case 'ornamented theme':
      return transposeInto(section.ornamented, range);
    case 'theme in octaves':
      return transposeInto(theme, range, 12);
    case 'harmony':
      return transposeInto(harmonyBelow(theme, spans), range);
    case 'solo':
      return transposeInto(section.solo, range);
    case 'riff':
      return transposeInto(section.riff, range, -12);
    case 'counter line':
      return counterLine(spans, middleOf(range), bars * beatsPerBar);
    default:
      return playVoice(line, section, range);
  }
}

const middleOf = ([low, high]: readonly [number, number]) => {
  const quarter = Math.floor((high - low) / 4);
  return high - low < 20
    ? ([low, high] as const)
    : ([low + quarter, Math.max(low + quarter + 13, high - quarter)] as const);
};

/** A line moved by whole octaves to where most of it fits the range (after `lift` semitones), its last outliers folded in. */
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

const VOICES = ['soprano', 'alto', 'tenor', 'bass'];

function playVoice(line: LineName, { theme, spans }: Section, range: readonly [number, number]): Note[] {
  const [manner, name] = line.split(' ') as ['chorale' | 'pulsing', string];
  const wishes = spans.map(
    ({ start }) => theme.findLast((note) => note.start <= start + 1e-9)?.pitch ?? theme[0]!.pitch,
  );
  const pitches = harmonise(spans, wishes).map((parts) => into(parts[VOICES.indexOf(name)]!, range));
  return spans.flatMap(({ start, duration, chord }, index) => {
    const pitch = pitches[index]!;
    if (manner === 'pulsing') {
      return Array.from(
        { length: duration * 2 },
        (_, pulse): Note => ({ pitch, start: start + pulse / 2, duration: 0.4, accent: pulse % 2 === 0 ? 0.98 : 0.88 }),
      );
    }
    const gap = (pitches[index + 1] ?? pitch) - pitch;
    if (name === 'alto' || Math.abs(gap) < 3 || Math.abs(gap) > 4) return [{ pitch, start, duration, accent: 1 }];
    // A third is filled by a passing note on the last half beat.
    const passing = {
      pitch: stepInScale(pitch, Math.sign(gap), chord.scale),
      start: start + duration - 0.5,
      duration: 0.5,
      accent: 0.9,
    };
    return [{ pitch, start, duration: duration - 0.5, accent: 1 }, passing];
  });
}

const LEADS: readonly string[] = ['theme', 'ornamented theme', 'solo', 'riff'];
const isLead = (texture: TextureName) => LEADS.includes(texture);

// What leads is heard above what accompanies it.
function weightOf(texture: TextureName, hasLead: boolean): number {
  if (texture in GROOVES) return 0.92;
  if (texture in BASS_TEXTURES) return 0.95;
  if (texture in CHORD_TEXTURES) return hasLead ? 0.8 : 1;
  return isLead(texture) ? 1.06 : 0.9;
}
