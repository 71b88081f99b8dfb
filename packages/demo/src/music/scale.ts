/** Semitones above the tonic of the notes of each mode. */
export const MODES = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
} as const satisfies Record<string, readonly number[]>;

export type Mode = keyof typeof MODES;

/** A tonic as pitch class (0 = C … 11 = B) and a mode. */
export interface Key {
  readonly tonic: number;
  readonly mode: Mode;
}

/** Modes with a minor third above the tonic: what people call minor. */
export const MINOR_MODES: readonly Mode[] = ['minor', 'dorian', 'phrygian'];

const MAJOR_NAMES = ['C', 'D♭', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];
const MINOR_NAMES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'B♭', 'B'];

/** The key as people write it, e.g. `E♭ dorian`. */
export function keyName({ tonic, mode }: Key): string {
  return `${(MINOR_MODES.includes(mode) ? MINOR_NAMES : MAJOR_NAMES)[tonic]} ${mode}`;
}

/** The pitch class 0…11 of a MIDI pitch or of any sum of intervals. */
export function pitchClass(pitch: number): number {
  return ((pitch % 12) + 12) % 12;
}

/** The pitch classes of a key, from the tonic up. */
export function scaleOf(key: Key): number[] {
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
