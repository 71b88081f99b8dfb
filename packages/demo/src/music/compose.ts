import { type Random, shuffled } from '@refrain/core';
import type { Arrangement, Style } from '../styles/style.ts';
import type { Tone } from '../synth/filters.ts';
import { BASS_TEXTURES } from './bass.ts';
import { pick } from './chance.ts';
import { CHORD_TEXTURES } from './chords.ts';
import { GROOVES } from './drums.ts';
import type { InstrumentName } from './instruments.ts';
import { composeMelody, harmonyBelow, type MelodySetting, ornament } from './melody.ts';
import type { Note } from './notation.ts';
import { type ChordSpan, type Key, type Mode, parseProgression } from './theory.ts';

/** One section of a composition: its harmony and the lines that belong to it, in the register of middle C and up. */
export interface Section {
  readonly bars: number;
  readonly spans: readonly ChordSpan[];
  /** What a melody instrument can play, by name; all of it comes from the section's theme and harmony. */
  readonly lines: Readonly<Record<string, readonly Note[]>>;
}

/** An arrangement in which every role has one texture. */
export type ChosenArrangement = Omit<Arrangement, 'parts'> & { readonly parts: Readonly<Record<string, string>> };

/** What all excerpts of a track have in common. */
export interface Composition {
  readonly style: Style;
  readonly key: Key;
  /** Beats per minute, a whole number. */
  readonly tempo: number;
  readonly sections: Readonly<Record<'A' | 'B', Section>>;
  /** Who plays each role. */
  readonly cast: Readonly<Record<string, InstrumentName>>;
  /** How it was recorded: the share of reverberation, 0…1, and the weights of the bands. */
  readonly mix: { readonly room: number; readonly tone: Tone };
  /** How its excerpts are played, one each. */
  readonly arrangements: readonly ChosenArrangement[];
}

/** How many excerpts a track has: as in real collections, many tracks few, few tracks many. */
const EXCERPTS = [4, 4, 4, 4, 4, 4, 4, 4, 16, 20] as const;
/** No track has fewer. */
export const FEWEST_EXCERPTS = 4;

/** A composition in a style: key, tempo, harmony, themes, players, and how each of its excerpts is arranged. */
export function compose(style: Style, random: Random): Composition {
  const choices = random.fork('choices');
  const key: Key = { tonic: choices.integer(12), mode: pick(choices, Object.keys(style.harmony) as Mode[]) };
  const [slowest, fastest] = style.tempo;
  const tempo = slowest + choices.integer(fastest - slowest + 1);
  // Sixteen semitones, so that any instrument can play the theme in some octave.
  const low = 60 + choices.integer(7);
  const range = [low, low + 16] as const;
  const section = (name: 'A' | 'B') => composeSection(style, key, name, range, random.fork(name));
  return {
    style,
    key,
    tempo,
    sections: { A: section('A'), B: section('B') },
    cast: castPlayers(style, random.fork('cast')),
    mix: chooseMix(style, random.fork('mix')),
    arrangements: chooseArrangements(style, random.fork('arrangements')),
  };
}

function composeSection(
  style: Style,
  key: Key,
  name: 'A' | 'B',
  range: readonly [number, number],
  random: Random,
): Section {
  const text = pick(random.fork('harmony'), style.harmony[key.mode]![name]);
  const spans = parseProgression(text, key, style.beatsPerBar);
  const bars = text.split('|').length;
  const setting: MelodySetting = { spans, beatsPerBar: style.beatsPerBar, bars, range };
  const theme = composeMelody(random.fork('theme'), style.melody, setting);
  const lines = {
    theme,
    'ornamented theme': ornament(random.fork('ornaments'), theme, spans),
    'theme in octaves': theme,
    harmony: harmonyBelow(theme, spans),
    solo: composeMelody(random.fork('solo'), style.solo, setting),
    // A two-bar figure that follows the chords.
    riff: composeMelody(random.fork('riff'), style.melody, setting, 'aaaa'),
  };
  return { bars, spans, lines };
}

// Two roles never get the same instrument where there is a choice, so that doubling is heard as such.
function castPlayers(style: Style, random: Random): Record<string, InstrumentName> {
  const cast: Record<string, InstrumentName> = {};
  for (const [role, choices] of Object.entries(style.cast)) {
    const taken = Object.values(cast);
    const free = choices.filter((instrument) => !taken.includes(instrument));
    cast[role] = pick(random, free.length > 0 ? free : choices);
  }
  return cast;
}

// Studios differ: the room by half of itself, each band by up to six decibels.
function chooseMix(style: Style, random: Random): Composition['mix'] {
  const band = () => 10 ** ((12 * random.uniform() - 6) / 20);
  return { room: style.room * (0.5 + random.uniform()), tone: { bass: band(), middle: 1, treble: band() } };
}

// One arrangement of the style, and how it comes back.
function chooseArrangements(style: Style, random: Random): ChosenArrangement[] {
  const wanted = pick(random, EXCERPTS);
  for (const index of shuffled(random, style.arrangements.length)) {
    const takes = variationsOf(settle(style.arrangements[index]!, random), style, random);
    if (takes.length >= FEWEST_EXCERPTS) return takes.slice(0, wanted);
  }
  throw new Error(`No arrangement of ${style.name} can be varied ${FEWEST_EXCERPTS} times.`);
}

/** The arrangement with one texture for each role, at the track's own loudness within what the style does. */
function settle(arrangement: Arrangement, random: Random): ChosenArrangement {
  const parts = Object.entries(arrangement.parts).map(
    ([role, textures]) => [role, textures.length === 1 ? textures[0]! : pick(random, textures)] as const,
  );
  const dynamic = Math.min(1, Math.max(0.1, arrangement.dynamic + 0.12 * (random.uniform() - 0.5)));
  return { ...arrangement, dynamic, parts: Object.fromEntries(parts) };
}

// The ways to play an arrangement again, itself the first: the same players in either section, up to two of whom play something else,
// as when a refrain comes back. No two are alike; those with fewer changes come first, in random order.
function variationsOf(arrangement: ChosenArrangement, style: Style, random: Random): ChosenArrangement[] {
  const changes = Object.entries(arrangement.parts).flatMap(([role, texture]) =>
    alternatives(style, role, texture).map((other): Record<string, string> => ({ [role]: other })),
  );
  const pairs = changes.flatMap((one, at) => changes.slice(at + 1).map((other) => ({ ...one, ...other })));
  const doubles = pairs.filter((change) => Object.keys(change).length === 2);
  const sections = arrangement.section === 'A' ? (['A', 'B'] as const) : (['B', 'A'] as const);
  const take = (change: Record<string, string>) =>
    sections.map((section) => ({ ...arrangement, section, parts: { ...arrangement.parts, ...change } }));
  const varied = [changes, doubles].flatMap((level) => {
    const takes = level.flatMap(take);
    return Array.from(shuffled(random, takes.length), (i) => takes[i]!);
  });
  return [...take({}), ...varied];
}

// What else a role plays in this style that does the same work as `texture`.
function alternatives(style: Style, role: string, texture: string): string[] {
  const played = style.arrangements.flatMap(({ parts }) => parts[role] ?? []);
  const decorated = DECORATED.includes(texture) ? DECORATED : [];
  const others = [...played, ...decorated].filter((other) => other !== texture && workOf(other) === workOf(texture));
  return [...new Set(others)];
}

const DECORATED = ['theme', 'ornamented theme'];

/** What a texture is for. */
export function workOf(texture: string): 'drums' | 'chords' | 'bass' | 'line' {
  if (texture in GROOVES) return 'drums';
  if (texture in CHORD_TEXTURES) return 'chords';
  return texture in BASS_TEXTURES ? 'bass' : 'line';
}
