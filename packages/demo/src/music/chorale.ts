import { type Chord, type ChordSpan, nearestPitch, pitchClass } from './theory.ts';

/** Four voices at one chord: soprano, alto, tenor, bass as MIDI pitches. */
export type FourParts = readonly [number, number, number, number];

const RANGES = [
  [60, 81],
  [55, 74],
  [48, 69],
  [36, 62],
] as const;

/** How many ways to lay out each chord are followed up. */
const BEAM = 60;

interface Path {
  readonly parts: FourParts;
  readonly cost: number;
  readonly before?: Path;
}

/**
 * Four-part harmony, one chord per span, by the textbook's rules (e.g. Aldwell & Schachter 1979, ch. 6–9) as costs:
 * complete chords, voices in range and uncrossed, small steps, no parallel fifths or octaves. The cheapest way through
 * all chords, not chord by chord. `melody` gives the soprano pitch wanted at each span.
 */
export function harmonise(spans: readonly ChordSpan[], melody: readonly number[]): FourParts[] {
  let paths: Path[] = [];
  spans.forEach(({ chord }, index) => {
    const wish = melody[index]!;
    const layouts = dispositions(chord, wish).map((parts): Path => ({ parts, cost: verticalCost(parts, chord, wish) }));
    const beam = layouts.sort((a, b) => a.cost - b.cost).slice(0, BEAM);
    paths = index === 0 ? beam : beam.map((layout) => extend(paths, layout));
  });
  const result: FourParts[] = [];
  for (let path: Path | undefined = cheapest(paths); path; path = path.before) result.unshift(path.parts);
  return result;
}

const cheapest = (paths: readonly Path[]) => paths.reduce((best, path) => (path.cost < best.cost ? path : best));

function extend(paths: readonly Path[], { parts, cost }: Path): Path {
  return cheapest(
    paths.map((before) => ({ parts, before, cost: before.cost + cost + motionCost(before.parts, parts) })),
  );
}

function dispositions(chord: Chord, wish: number): FourParts[] {
  const near = nearestPitch(Math.min(RANGES[0][1], Math.max(RANGES[0][0], wish)), chord.tones);
  const result: FourParts[] = [];
  for (const bass of pitchesOf([chord.bass], RANGES[3])) {
    for (const tenor of pitchesOf(chord.tones, RANGES[2])) {
      for (const alto of pitchesOf(chord.tones, RANGES[1])) {
        for (const soprano of pitchesOf(chord.tones, [near - 5, near + 5])) {
          if (bass <= tenor && tenor <= alto && alto <= soprano) result.push([soprano, alto, tenor, bass]);
        }
      }
    }
  }
  return result;
}

function pitchesOf(classes: readonly number[], [low, high]: readonly [number, number]): number[] {
  const pitches: number[] = [];
  for (let pitch = low; pitch <= high; pitch++) if (classes.includes(pitchClass(pitch))) pitches.push(pitch);
  return pitches;
}

function verticalCost(parts: FourParts, chord: Chord, wish: number): number {
  const present = new Set(parts.map(pitchClass));
  const [, third, fifth, seventh] = chord.tones;
  let cost = 2.5 * Math.abs(parts[0] - wish);
  if (!present.has(third!)) cost += 60;
  if (fifth !== undefined && !present.has(fifth)) cost += 6;
  if (seventh !== undefined && !present.has(seventh)) cost += 25;
  if (!present.has(chord.root)) cost += 30;
  if (parts.filter((pitch) => pitchClass(pitch) === third).length > 1) cost += 8;
  if (parts[0] - parts[1] > 12) cost += 20;
  if (parts[1] - parts[2] > 12) cost += 20;
  return cost + 0.3 * Math.abs(parts[3] - 48);
}

function motionCost(previous: FourParts, next: FourParts): number {
  let cost = 0;
  for (let voice = 1; voice < 4; voice++) {
    const leap = Math.abs(next[voice]! - previous[voice]!);
    cost += voice === 3 ? 0.5 * leap : leap > 4 ? 2 * leap : leap;
  }
  for (let upper = 0; upper < 3; upper++) {
    for (let lower = upper + 1; lower < 4; lower++) if (isParallel(previous, next, upper, lower)) cost += 50;
  }
  return cost;
}

/** Whether two voices move in the same direction from a perfect fifth or octave into another. */
export function isParallel(previous: FourParts, next: FourParts, upper: number, lower: number): boolean {
  const interval = pitchClass(next[upper]! - next[lower]!);
  if (interval !== 0 && interval !== 7) return false;
  if (pitchClass(previous[upper]! - previous[lower]!) !== interval) return false;
  return next[upper] !== previous[upper] && next[lower] !== previous[lower];
}
