import { accentOf, into, type Setting } from './chords.ts';
import { type Note, repeatSteps, type Step } from './notation.ts';
import { type ChordSpan, chordAt, nearestPitch, nextChange, pitchClass, stepInScale } from './theory.ts';

/**
 * A bass line as steps. `R` the chord's bass note, `8` it an octave higher, `5` `3` `7` those chord tones above it, `6` the
 * note above the fifth, `A` the note that leads into the next chord.
 */
export const BASS_TEXTURES: Readonly<Record<string, string>> = {
  'held roots': 'R---------------',
  'half roots': 'R------.R------.',
  'root and fifth': 'R------.5------.',
  'two feel': 'R-----.A 5-----.A',
  'quarter bass': 'R--.R--.5--.R-A-',
  'walking bass': 'R--.3--.5--.A--. | R--.5--.3--.A--. | R--.3--.5--.6--. | 8--.6--.5--.A--.',
  'walking with skips': 'R--.3-.35--.A--. | R--.5--.3-.38--.',
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
  'running bass': 'R-3-5-6-5-3-5-A- | R-5-3-5-8-5-3-A-',
  'jig bass': 'R--...5--...',
  'pop bass': 'R--- ..R. R--- 5-A-',
};

/** The notes of a bass texture. */
export function playBass(name: string, { spans, beatsPerBar, beats, range }: Setting): Note[] {
  // Bass notes stay in the octave and a half where a bass sounds like one, roots in its lower octave.
  const home: readonly [number, number] = [range[0], Math.min(range[1], range[0] + 19)];
  const notes: Note[] = [];
  let root = home[0] + 7;
  for (const step of repeatSteps(BASS_TEXTURES[name]!, beatsPerBar, beats)) {
    const { start } = step;
    root = into(nearestPitch(root, [chordAt(spans, start).bass]), [home[0], home[0] + 12]);
    const pitch = into(bassPitch(step, root, notes.at(-1), spans), home);
    const duration = Math.min(step.duration, Math.max(nextChange(spans, start) - start, 0.25));
    notes.push({ pitch, start, duration, accent: accentOf(step, beatsPerBar) });
  }
  return notes;
}

function bassPitch({ token, start }: Step, root: number, last: Note | undefined, spans: readonly ChordSpan[]): number {
  const chord = chordAt(spans, start);
  // Whatever the pattern says, a new chord gets its bass first.
  if (!last || nextChange(spans, last.start) <= start + 1e-9) return root;
  const above = (tone: number) => root + pitchClass(tone - root);
  const fifth = above(chord.tones[2] ?? chord.tones[1]!);
  switch (token) {
    case '8':
      return root + 12;
    case '5':
      return fifth;
    case '3':
      return above(chord.tones[1]!);
    case '6':
      return stepInScale(fifth, 1, chord.scale);
    case '7':
      return chord.tones.length > 3 ? above(chord.tones[3]!) : root + 12;
    case 'A':
      return leadIn(start, last.pitch, spans);
    default:
      return root;
  }
}

// From above by a scale step, unless that is where the line is, else from below by a semitone.
function leadIn(start: number, last: number, spans: readonly ChordSpan[]): number {
  const goal = nearestPitch(last, [chordAt(spans, nextChange(spans, start)).bass]);
  const above = stepInScale(goal, 1, chordAt(spans, start).scale);
  return last > above ? above : goal - 1;
}
