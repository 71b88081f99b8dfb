import { type Key, MODES, pitchClass, scaleOf } from './scale.ts';

/** A chord in a key: everything as pitch classes 0…11. */
export interface Chord {
  /** As the style wrote it, e.g. `V7/ii`. */
  readonly numeral: string;
  readonly root: number;
  readonly bass: number;
  /** From the root up in thirds: root, third, fifth, seventh… */
  readonly tones: readonly number[];
  /** The notes a melody can use over it: the key's, with those that clash with the chord's own altered. */
  readonly scale: readonly number[];
}

/** A chord with its place in a section, in beats. */
export interface ChordSpan {
  readonly chord: Chord;
  readonly start: number;
  readonly duration: number;
}

const DEGREES = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII'];
const NUMERAL = /^([b#]?)([IV]+|[iv]+)(maj7|maj9|add9|sus4|sus2|m7b5|o7|o|7|9|6|5)?(?:\/(?:([357])|([b#]?[IViv]+)))?$/;

/** Semitones above the root for each suffix; a capital numeral has the first, a small one the second. */
const QUALITIES: Record<string, readonly [readonly number[], readonly number[]]> = {
  '': [
    [0, 4, 7],
    [0, 3, 7],
  ],
  '7': [
    [0, 4, 7, 10],
    [0, 3, 7, 10],
  ],
  '9': [
    [0, 4, 7, 10, 2],
    [0, 3, 7, 10, 2],
  ],
  maj7: [
    [0, 4, 7, 11],
    [0, 3, 7, 11],
  ],
  maj9: [
    [0, 4, 7, 11, 2],
    [0, 3, 7, 11, 2],
  ],
  add9: [
    [0, 4, 7, 2],
    [0, 3, 7, 2],
  ],
  '6': [
    [0, 4, 7, 9],
    [0, 3, 7, 9],
  ],
  sus4: [
    [0, 5, 7],
    [0, 5, 7],
  ],
  sus2: [
    [0, 2, 7],
    [0, 2, 7],
  ],
  '5': [
    [0, 7],
    [0, 7],
  ],
  o: [
    [0, 3, 6],
    [0, 3, 6],
  ],
  o7: [
    [0, 3, 6, 9],
    [0, 3, 6, 9],
  ],
  m7b5: [
    [0, 3, 6, 10],
    [0, 3, 6, 10],
  ],
};

/**
 * The chord of a Roman numeral. Degrees count along the major scale of the tonic whatever the mode (so minor has
 * `bIII`), capitals are major, `/3 /5 /7` puts that chord tone in the bass, `/V` and the like make it an applied chord.
 * Throws on anything else.
 */
export function parseChord(numeral: string, key: Key): Chord {
  const match = NUMERAL.exec(numeral);
  const degree = DEGREES.indexOf(match?.[2]?.toUpperCase() ?? '');
  if (!match || degree < 0) throw new Error(`chord "${numeral}": not a Roman numeral this grammar knows`);
  const [, accidental, roman, suffix = '', member, applied] = match;
  const base = applied ? parseChord(applied, key).root : key.tonic;
  const root = pitchClass(base + MODES.major[degree]! + (accidental === 'b' ? -1 : accidental === '#' ? 1 : 0));
  const intervals = QUALITIES[suffix]![roman === roman!.toUpperCase() ? 0 : 1];
  const tones = intervals.map((interval) => pitchClass(root + interval));
  const bass = member ? (tones[{ '3': 1, '5': 2, '7': 3 }[member]!] ?? root) : root;
  return { numeral, root, bass, tones, scale: chordScale(root, intervals, scaleOf(key)) };
}

// Raised notes (major thirds, roots of diminished chords) push out the scale note below them, lowered ones that above.
function chordScale(root: number, intervals: readonly number[], scale: readonly number[]): number[] {
  let notes = [...scale];
  for (const interval of intervals) {
    const tone = pitchClass(root + interval);
    if (notes.includes(tone)) continue;
    const raised = interval === 4 || interval === 11 || (interval === 0 && intervals.includes(6));
    const below = pitchClass(tone - 1);
    const above = pitchClass(tone + 1);
    const clash = raised ? below : above;
    notes = [...notes.filter((note) => note !== (notes.includes(clash) ? clash : raised ? above : below)), tone];
  }
  return notes.sort((a, b) => a - b);
}

/** The chords of a section written as bars between `|`, several chords of a bar sharing it equally: `I | vi ii7 | V7`. */
export function parseProgression(text: string, key: Key, beatsPerBar: number): ChordSpan[] {
  return text.split('|').flatMap((bar, index) => {
    const numerals = bar.trim().split(/\s+/);
    const duration = beatsPerBar / numerals.length;
    return numerals.map((numeral, position) => ({
      chord: parseChord(numeral, key),
      start: index * beatsPerBar + position * duration,
      duration,
    }));
  });
}

/** The chord that sounds at `beat`; a progression repeats for ever. */
export function chordAt(spans: readonly ChordSpan[], beat: number): Chord {
  const last = spans.at(-1)!;
  const wrapped = beat % (last.start + last.duration);
  return spans.findLast((span) => span.start <= wrapped + 1e-9)!.chord;
}

/** The first beat after `beat` at which another chord begins. */
export function nextChange(spans: readonly ChordSpan[], beat: number): number {
  const last = spans.at(-1)!;
  const length = last.start + last.duration;
  const wrapped = beat % length;
  const next = spans.find((span) => span.start > wrapped + 1e-9)?.start ?? length;
  return beat - wrapped + next;
}
