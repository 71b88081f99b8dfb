import { accentOf, into, type Setting } from './chords.ts';
import { type Note, repeatSteps, type Step } from './notation.ts';
import { type ChordSpan, chordAt, nearestPitch, nextChange, pitchClass, stepInScale } from './theory.ts';

/**
 * A bass line as steps. `R` the chord's bass note, `8` it an octave higher, `5` `3` `7` those chord tones above it, `A`
 * the note that leads into the next chord, `W` the next note of a walk.
 */
export const BASS_TEXTURES: Readonly<Record<string, string>> = {
  'held roots': 'R---------------',
  'half roots': 'R------.R------.',
  'root and fifth': 'R------.5------.',
  'two feel': 'R-----.A 5-----.A',
  'quarter bass': 'R--.R--.5--.R-A-',
  'walking bass': 'W--.W--.W--.W--.',
  'walking with skips': 'W--.W-.WW--.W--. | W--.W--.W-.WW--.',
  'bossa bass': 'R----.R-5----.5-',
  'bossa octaves': 'R----.5-8----.A-',
  'eighth roots': 'R-R-R-R-R-R-R-R-',
  'driving eighths': 'R-R-R-R-R-R-5-A-',
  'syncopated rock': 'R--R..R-R-..5-A-',
  'shuffle walk': 'R-. 3-. 5-. 6-. | 8-. 6-. 5-. 3-.',
  'shuffle roots': 'R-R R-R R-R 5-A',
  'march bass': 'R--.....5--..... | R--.....5--.A---',
  'marching quarters': 'R--.5--.R--.5--.',
  'waltz bass': 'R---........',
  'waltz walk': 'R---5---A---',
  'offbeat octaves': 'R.8.R.8.R.8.R.8.',
  'techno bass': '..RR ..RR ..RR ..R8',
  'rolling bass': '.RRR .RRR .RRR .RR5',
  'pulsing bass': 'RRRR RRRR RRRR RRRR',
  'synth line': 'R..R ..8. R..5 ..A.',
  'funk bass': 'R--. ..8. R.5. 7-8A',
  'soul bass': 'R--. ..R. 5--. 7-A-',
  'running bass': 'W-W-W-W-W-W-W-W-',
  'jig bass': 'R--...5--...',
  'pop bass': 'R--- ..R. R--- 5-A-',
};

/** The notes of a bass texture. */
export function playBass(name: string, { spans, beatsPerBar, beats, range }: Setting): Note[] {
  // Bass notes stay in the octave and a half where a bass sounds like one, roots in its lower octave.
  const home: readonly [number, number] = [range[0], Math.min(range[1], range[0] + 19)];
  const steps = repeatSteps(BASS_TEXTURES[name]!, beatsPerBar, beats);
  const notes: Note[] = [];
  let root = home[0] + 7;
  for (let index = 0; index < steps.length; ) {
    const step = steps[index]!;
    root = into(nearestPitch(root, [chordAt(spans, step.start).bass]), [home[0], home[0] + 12]);
    const walk = step.token === 'W' ? walkFrom(steps, index, spans, beatsPerBar) : [step];
    const pitches =
      step.token === 'W' ? walkPitches(walk, root, spans, home) : [bassPitch(step, root, notes.at(-1), spans)];
    walk.forEach((one, place) => {
      const end = Math.min(one.start + one.duration, Math.max(nextChange(spans, one.start), one.start + 0.25));
      notes.push({
        pitch: into(pitches[place]!, home),
        start: one.start,
        duration: end - one.start,
        accent: accentOf(one, beatsPerBar),
      });
    });
    index += walk.length;
  }
  return notes;
}

function bassPitch({ token, start }: Step, root: number, last: Note | undefined, spans: readonly ChordSpan[]): number {
  const chord = chordAt(spans, start);
  // Whatever the pattern says, a new chord gets its bass first.
  if (!last || nextChange(spans, last.start) <= start + 1e-9) return root;
  const above = (tone: number) => root + pitchClass(tone - root);
  switch (token) {
    case '8':
      return root + 12;
    case '5':
      return above(chord.tones[2] ?? chord.tones[1]!);
    case '3':
      return above(chord.tones[1]!);
    case '6':
      return stepInScale(above(chord.tones[2]!), 1, chord.scale);
    case '7':
      return chord.tones.length > 3 ? above(chord.tones[3]!) : root + 12;
    case 'A':
      return leadIn(start, last.pitch, spans);
    default:
      return root;
  }
}

// From above by a scale step, from below by a semitone.
function leadIn(start: number, last: number, spans: readonly ChordSpan[]): number {
  const goal = nearestPitch(last, [chordAt(spans, nextChange(spans, start)).bass]);
  return last > goal ? stepInScale(goal, 1, chordAt(spans, start).scale) : goal - 1;
}

// The walking steps under one chord, at most a bar of them.
function walkFrom(steps: readonly Step[], first: number, spans: readonly ChordSpan[], beatsPerBar: number): Step[] {
  const { start } = steps[first]!;
  const end = Math.min(nextChange(spans, start), (Math.floor(start / beatsPerBar + 1e-9) + 1) * beatsPerBar);
  const walk: Step[] = [];
  for (let index = first; steps[index]?.token === 'W' && steps[index]!.start < end - 1e-9; index++)
    walk.push(steps[index]!);
  return walk;
}

/** Ways to go on from the root, in scale steps: scales, broken chords, the leap to the octave and down. */
const PATHS: readonly (readonly number[])[] = [
  [1, 2, 3, 4, 5, 6],
  [2, 4, 5, 4, 2, 1],
  [2, 4, 7, 6, 5, 4],
  [-1, -2, -3, -2, -1, 1],
  [-3, -2, -1, 1, 2, 1],
  [7, 6, 5, 4, 3, 2],
  [4, 2, 1, 2, 3, 4],
  [2, 1, 2, 4, 3, 2],
  [4, 5, 4, 2, 3, 1],
];

// Root, a path, and a note that leads into what comes next: the path that arrives closest and stays in range.
function walkPitches(
  walk: readonly Step[],
  root: number,
  spans: readonly ChordSpan[],
  [low, high]: readonly [number, number],
): number[] {
  const { start } = walk[0]!;
  const { scale, tones } = chordAt(spans, start);
  if (walk.length === 1) return [root];
  const last = walk.at(-1)!;
  const cost = (pitches: readonly number[]) => {
    const arrival = Math.abs(pitches.at(-1)! - leadIn(last.start, pitches.at(-1)!, spans));
    const outside = pitches.reduce((sum, pitch) => sum + Math.max(0, low - pitch, pitch - high), 0);
    const offHarmony = pitches.filter((pitch, place) => place % 2 === 1 && !tones.includes(pitchClass(pitch))).length;
    return 3 * outside + (arrival === 0 ? 4 : arrival) + offHarmony;
  };
  // Where the walk stands in the piece turns the order of the paths, so that equal bars don't get equal lines.
  const turn = Math.round(start) % PATHS.length;
  const lines = PATHS.map((_, index) => PATHS[(index + turn) % PATHS.length]!.slice(0, walk.length - 2)).map((path) => [
    root,
    ...path.map((steps) => stepInScale(root, steps, scale)),
  ]);
  const best = lines.reduce((chosen, line) => (cost(line) < cost(chosen) ? line : chosen));
  return [...best, leadIn(last.start, best.at(-1)!, spans)].slice(0, walk.length);
}
