import type { Random } from '@refrain/core';
import { between, chance, pick } from './chance.ts';
import { type Note, parseSteps, type Step } from './notation.ts';
import { type Chord, type ChordSpan, chordAt, nearestPitch, pitchClass, stepInScale } from './theory.ts';

/** What the melodies of a style are like. */
export interface MelodyStyle {
  /** Rhythms of one bar as step patterns of `x`, `-` and `.`; ideas are made of pairs of them. */
  readonly rhythms: readonly string[];
  /** Rhythms of the bar that ends a phrase. */
  readonly cadences: readonly string[];
  /** How often a melody leaps rather than steps, 0…1. */
  readonly leaps: number;
}

/** Two bars that belong together: when its notes fall and by how many scale steps each one moves. */
interface Idea {
  readonly steps: readonly Step[];
  readonly contour: readonly number[];
}

/** Where a melody lives and over what. */
export interface MelodySetting {
  readonly spans: readonly ChordSpan[];
  readonly beatsPerBar: number;
  readonly bars: number;
  /** MIDI pitches it must stay between. */
  readonly range: readonly [number, number];
}

// Sentence and period (Caplin 1998, ch. 3–4) and two song forms: each letter is a two-bar idea, a capital one ends with a cadence.
const PLANS = ['aabC', 'aBaC', 'abaC', 'aBcC'];

/**
 * A theme over a section: two-bar ideas that return, strong beats on chord tones, a cadence in the last bar (and in the
 * middle where the plan has one).
 */
export function composeMelody(
  random: Random,
  style: MelodyStyle,
  setting: MelodySetting,
  plan = pick(random, PLANS),
): Note[] {
  const ideas = new Map(
    [...new Set(plan)].map((letter) => [letter, inventIdea(random, style, letter, setting.beatsPerBar)]),
  );
  const middle = (setting.range[0] + setting.range[1]) / 2;
  const entries = new Map<string, number>();
  const notes: Note[] = [];
  for (let bar = 0; bar < setting.bars; bar += 2) {
    const letter = plan[(bar / 2) % plan.length]!;
    // A returning idea starts where it did; a new one close to where the last one ended.
    const from = entries.get(letter) ?? notes.at(-1)?.pitch ?? Math.round(middle + between(random, -4, 4));
    entries.set(letter, from);
    for (const note of realise(ideas.get(letter)!, bar * setting.beatsPerBar, from, setting)) notes.push(note);
  }
  return endOnRootOrThird(notes, setting);
}

function inventIdea(random: Random, style: MelodyStyle, letter: string, beatsPerBar: number): Idea {
  const first = pick(random, style.rhythms);
  const closes = letter === letter.toUpperCase();
  const second = closes ? pick(random, style.cadences) : chance(random, 0.4) ? first : pick(random, style.rhythms);
  const steps = parseSteps(`${first}|${second}`, beatsPerBar);
  return { steps, contour: inventContour(random, steps.length, style.leaps, closes) };
}

/** Scale steps of a leap, the smaller ones more often. */
const LEAPS = [2, 2, 2, 3, 4];

// Melodies rise, then fall; after a leap they step back (the "gap-fill" of Meyer 1956).
function inventContour(random: Random, length: number, leaps: number, closes: boolean): number[] {
  const contour = [0];
  const peak = Math.floor(length * between(random, 0.3, 0.7));
  while (contour.length < length) {
    const last = contour.at(-1)!;
    if (Math.abs(last) >= 3) {
      contour.push(-Math.sign(last));
      continue;
    }
    const up = contour.length <= peak ? 0.66 : closes ? 0.25 : 0.36;
    const size = chance(random, leaps) ? pick(random, LEAPS) : chance(random, 0.15) ? 0 : 1;
    contour.push(chance(random, up) ? size : -size);
  }
  return contour;
}

function realise(idea: Idea, offset: number, entry: number, { spans, beatsPerBar, range }: MelodySetting): Note[] {
  const notes: Note[] = [];
  let pitch = entry;
  idea.steps.forEach((step, index) => {
    const start = offset + step.start;
    const chord = chordAt(spans, start);
    const wish = fold(index === 0 ? entry : stepInScale(pitch, idea.contour[index]!, chord.scale), pitch, chord, range);
    const strong = isStrong(step, beatsPerBar);
    const moved = Math.sign(wish - pitch);
    pitch = fit(strong ? nearestPitch(wish, chord.tones, moved) : nearestPitch(wish, chord.scale, moved), range);
    notes.push({
      pitch,
      start,
      duration: step.duration,
      accent: step.start % beatsPerBar < 1e-9 ? 1.08 : strong ? 1 : 0.92,
    });
  });
  return notes;
}

/** Whether a note falls on a beat that carries the harmony or is held long enough to be heard against it. */
export function isStrong({ start, duration }: Pick<Step, 'start' | 'duration'>, beatsPerBar: number): boolean {
  const beat = start % beatsPerBar;
  return beat < 1e-9 || (beatsPerBar === 4 && Math.abs(beat - 2) < 1e-9) || duration >= 1.5;
}

// A line that would leave its range turns round instead.
function fold(wish: number, from: number, chord: Chord, [low, high]: readonly [number, number]): number {
  if (wish > high) return stepInScale(from, -1, chord.scale);
  if (wish < low) return stepInScale(from, 1, chord.scale);
  return wish;
}

function fit(pitch: number, [low, high]: readonly [number, number]): number {
  return pitch > high ? pitch - 12 : pitch < low ? pitch + 12 : pitch;
}

function endOnRootOrThird(notes: readonly Note[], { spans, range }: MelodySetting): Note[] {
  const last = notes.at(-1);
  if (!last) return [];
  const chord = chordAt(spans, last.start);
  const before = notes.at(-2)?.pitch ?? last.pitch;
  const goal = nearestPitch(before, [chord.root, chord.tones[1]!], -1);
  return [...notes.slice(0, -1), { ...last, pitch: fit(goal, range) }];
}

/** The theme again with its longer notes broken up by the neighbour towards the next one; the frame stays. */
export function ornament(random: Random, theme: readonly Note[], spans: readonly ChordSpan[]): Note[] {
  return theme.flatMap((note, index) => {
    const next = theme[index + 1];
    if (note.duration < 0.99 || !next || chance(random, 0.35)) return [note];
    const { scale } = chordAt(spans, note.start);
    const rest = Math.min(1, note.duration / 2);
    const half = note.duration - rest;
    const neighbour = stepInScale(note.pitch, Math.sign(next.pitch - note.pitch) || 1, scale);
    const turn: Note = { ...note, start: note.start + half, duration: rest / 2, pitch: neighbour, accent: 0.86 };
    const back: Note = { ...turn, start: turn.start + rest / 2, pitch: note.pitch };
    return [{ ...note, duration: half }, turn, back];
  });
}

/** A second voice a third or sixth below the theme, on chord tones where the theme rests. */
export function harmonyBelow(theme: readonly Note[], spans: readonly ChordSpan[]): Note[] {
  return theme.map((note) => {
    const { scale, tones } = chordAt(spans, note.start);
    const third = stepInScale(note.pitch, -2, scale);
    const others = tones.filter((tone) => tone !== pitchClass(note.pitch));
    const pitch = note.duration >= 0.99 ? nearestPitch(third, others) : third;
    return { ...note, pitch: pitch >= note.pitch ? pitch - 12 : pitch, accent: note.accent * 0.92 };
  });
}
