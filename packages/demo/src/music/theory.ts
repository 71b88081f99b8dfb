/** Semitones above the tonic of the notes of each mode. */
const MODES = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
} as const satisfies Record<string, readonly number[]>;

/** A mode by its name. */
export type Mode = keyof typeof MODES;

/** A tonic as pitch class (0 = C … 11 = B) and a mode. */
export interface Key {
  readonly tonic: number;
  readonly mode: Mode;
}

/** Modes with a minor third above the tonic: what people call minor. */
export const MINOR_MODES: readonly Mode[] = ['minor', 'dorian', 'phrygian'];

const NAMES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];

/** The key as people write it, e.g. `E♭ dorian`. */
export function keyName({ tonic, mode }: Key): string {
  return `${NAMES[tonic]} ${mode}`;
}

/** The pitch class 0…11 of a MIDI pitch or of any sum of intervals. */
export function pitchClass(pitch: number): number {
  return ((pitch % 12) + 12) % 12;
}

/** The pitch classes of a key, from the tonic up. */
function scaleOf(key: Key): number[] {
  return MODES[key.mode].map((interval) => pitchClass(key.tonic + interval));
}

/** The MIDI pitch nearest to `target` whose pitch class is among `classes`; on a tie the one on the side of `direction`. */
export function nearestPitch(target: number, classes: readonly number[], direction = -1): number {
  for (let distance = 0; distance < 12; distance++) {
    for (const sign of direction < 0 ? [-1, 1] : [1, -1]) {
      const pitch = target + sign * distance;
      if (classes.includes(pitchClass(pitch))) return pitch;
    }
  }
  return target;
}

/** The pitch `steps` scale notes above (below, if negative) `pitch`, which need not be in the scale itself. */
export function stepInScale(pitch: number, steps: number, scale: readonly number[]): number {
  const sign = Math.sign(steps);
  let result = pitch;
  for (let left = Math.abs(steps); left > 0; left--) {
    do result += sign;
    while (!scale.includes(pitchClass(result)));
  }
  return result;
}

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
const NUMERAL = /^([b#]?)([IV]+|[iv]+)(maj7|maj9|add9|sus4|m7b5|o|7|9|6|5)?(?:\/(?:([357])|([b#]?[IViv]+)))?$/;

/** Semitones above the root for each suffix of a capital numeral; a small one's major third is minor. */
const QUALITIES: Readonly<Record<string, readonly number[]>> = {
  '': [0, 4, 7],
  '5': [0, 7],
  '6': [0, 4, 7, 9],
  '7': [0, 4, 7, 10],
  '9': [0, 4, 7, 10, 2],
  maj7: [0, 4, 7, 11],
  maj9: [0, 4, 7, 11, 2],
  add9: [0, 4, 7, 2],
  sus4: [0, 5, 7],
  o: [0, 3, 6],
  m7b5: [0, 3, 6, 10],
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
  const intervals = QUALITIES[suffix]!.map((interval) =>
    interval === 4 && roman !== roman!.toUpperCase() ? 3 : interval,
  );
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
