import { mean } from '@refrain/core';
import { type Note, repeatSteps, type Step } from './notation.ts';
import { type Chord, type ChordSpan, chordAt, nearestPitch, nextChange, pitchClass } from './theory.ts';

/** How chords are laid out. */
export interface VoicingOptions {
  /** How many notes, 2 or more. */
  readonly voices: number;
  /** MIDI pitch the middle of a chord keeps near to. */
  readonly centre: number;
  /** Leave the root to the bass, as jazz players do, where the chord has enough other notes. */
  readonly rootless?: boolean;
  /** Drop the second voice from the top by an octave: the open sound of guitars and strings. */
  readonly open?: boolean;
}

/**
 * An accompaniment of chords as steps. `C` the whole chord, `U` its upper notes, digits one voice counted from 0 (past the top they go on an octave higher), `B` the bass note well below, `F`
 * the fifth above that, `P` root, fifth and octave, `Q` root, sixth and octave. See `parseSteps` for bars, `.` and `-`.
 */
export interface ChordTexture extends VoicingOptions {
  readonly steps: string;
  /** Delay between neighbouring notes of `C` and `U`, in beats: a strum or a rolled chord. */
  readonly strum?: number;
  /** Let every note ring on until the chord changes. */
  readonly ringing?: boolean;
}

/** Chord textures by name; four beats to the bar unless the name says three. */
export const CHORD_TEXTURES: Readonly<Record<string, ChordTexture>> = {
  'held chords': { steps: 'C---------------', voices: 4, centre: 60 },
  'held open chords': { steps: 'C---------------', voices: 4, centre: 62, open: true },
  'held high chords': { steps: 'C---------------', voices: 3, centre: 74 },
  'alto voice': { steps: '2-------2-------', voices: 3, centre: 62 },
  'tenor voice': { steps: '0-------0-------', voices: 3, centre: 62 },
  'pulsing alto': { steps: '2.2.2.2.2.2.2.2.', voices: 3, centre: 62 },
  'pulsing tenor': { steps: '0.0.0.0.0.0.0.0.', voices: 3, centre: 62 },
  'counter line': { steps: '2---------------', voices: 3, centre: 64, rootless: true },
  'drone fifths': { steps: '0--------------- | 0-------1-------', voices: 2, centre: 50, ringing: true },
  'half-note chords': { steps: 'C------- C-------', voices: 4, centre: 60 },
  'quarter chords': { steps: 'C--.C--.C--.C--.', voices: 4, centre: 60 },
  'eighth chords': { steps: 'C.C.C.C.C.C.C.C.', voices: 3, centre: 60 },
  'ballad broken': { steps: 'B-0-1-2-3-2-1-2-', voices: 4, centre: 60, ringing: true },
  'ballad flowing': { steps: 'B-F-1-2-3-2-1-F-', voices: 4, centre: 62, ringing: true },
  'ballad block': { steps: 'B---C---F---C---', voices: 3, centre: 62 },
  nocturne: { steps: 'B-F-2-F- B-1-3-1-', voices: 4, centre: 57, ringing: true },
  alberti: { steps: '0-2-1-2-0-2-1-2-', voices: 3, centre: 58 },
  'rising arpeggio': { steps: '0-1-2-3-4-5-6-7-', voices: 3, centre: 60, ringing: true },
  'rolled chords': { steps: 'C-------C-------', voices: 5, centre: 62, strum: 0.12, ringing: true },
  'folk strum': { steps: 'C---C-U-..U-C-U-', voices: 5, centre: 57, open: true, strum: 0.03 },
  'driving strum': { steps: 'C-U-C-U-C-UUC-U-', voices: 5, centre: 57, open: true, strum: 0.025 },
  fingerpicking: { steps: 'B-2-F-3-B-1-F-2-', voices: 4, centre: 58, ringing: true },
  'travis picking': { steps: 'B-.2F-1-B-.3F-2-', voices: 4, centre: 60, ringing: true },
  'boom-chick': { steps: 'B---C-..F---C-U-', voices: 4, centre: 58, strum: 0.03 },
  charleston: { steps: '..C...C. | C....C.. | ..C..C.. | C--..C..', voices: 4, centre: 58, rootless: true },
  'swing stabs': { steps: '.C..C... | C-...C.. | ..C..... | .C...C..', voices: 4, centre: 62, rootless: true },
  'four to the bar': { steps: 'C-.C-.C-.C-.', voices: 4, centre: 56, rootless: true, strum: 0.02 },
  'bossa guitar': { steps: 'C-..C-.C ..C-..C- | .C-.C-.. C-.C-...', voices: 4, centre: 57, rootless: true },
  'bossa broken': { steps: '0-2-3-1- ..2-3-..', voices: 4, centre: 60, rootless: true, ringing: true },
  'power chords': { steps: 'P.P.P.P.P.P.P.P.', voices: 3, centre: 48 },
  'power rhythm': { steps: 'P--P..P.P-..P-P.', voices: 3, centre: 50 },
  'power held': { steps: 'P-----------P-P-', voices: 3, centre: 50 },
  'rock arpeggio': { steps: '0-2-1-3-2-1-3-2-', voices: 4, centre: 60, ringing: true },
  'shuffle riff': { steps: 'P.P Q.Q P.P Q.Q', voices: 3, centre: 52 },
  'blues stabs': { steps: '... C.. ... C.C | ... C.. ..C ...', voices: 4, centre: 62, rootless: true },
  'slow triplets': { steps: 'C-. C-. C-. | C-. C-. C-C', voices: 4, centre: 62 },
  'boogie left hand': { steps: 'B-0 1-2 3-2 1-0', voices: 4, centre: 48 },
  'march afterbeats': { steps: '..C...C...C...C.', voices: 3, centre: 58 },
  fanfare: { steps: 'C--.C.C.C---.... | C--.C.CCC---C---', voices: 3, centre: 62 },
  waltz: { steps: 'B---C-..C-..', voices: 3, centre: 60 },
  'waltz afterbeats': { steps: '....C-..C-..', voices: 3, centre: 62 },
  'waltz broken': { steps: 'B-1-2-3-2-1-', voices: 4, centre: 60, ringing: true },
  'waltz held': { steps: 'C-----------', voices: 4, centre: 62 },
  'jig strum': { steps: 'C--U-.C--U-U', voices: 4, centre: 58, open: true, strum: 0.03 },
  'reel strum': { steps: 'C-U-C-UUC-U-C-UU', voices: 4, centre: 58, open: true, strum: 0.02 },
  'harp waves': { steps: 'B-0-1-2-3-4-3-2-', voices: 4, centre: 62, ringing: true },
  'techno stabs': { steps: '..C...C...C..C..', voices: 4, centre: 60 },
  'techno offbeat': { steps: '..C-..C-..C-..C-', voices: 3, centre: 64 },
  'gated chords': { steps: 'C.CC.CC.C.CC.CC.', voices: 4, centre: 62 },
  sequencer: { steps: '0121 3121 0212 3132', voices: 4, centre: 58 },
  'synth arpeggio': { steps: '0-1-2-3-4-3-2-1-', voices: 4, centre: 66 },
  'pop piano': { steps: 'C---C---C---C-U-', voices: 4, centre: 62 },
  'funk scratch': { steps: 'C..U ..U. .U.C ..U.', voices: 4, centre: 64, rootless: true },
  'soul keys': { steps: 'C--- ..C. ..C- C-..', voices: 4, centre: 60, rootless: true },
  'horn stabs': { steps: '..........C.C-.. | C-......C.C.C-..', voices: 3, centre: 66 },
  swells: { steps: 'C--------------- | ................', voices: 4, centre: 64, open: true },
  'sparse bells': { steps: '....3-------.... | 5-------....2---', voices: 4, centre: 74, ringing: true },
  'slow arpeggio': { steps: '0---1---2---3--- | 4---3---2---1---', voices: 4, centre: 62, ringing: true },
  continuo: { steps: 'C-..C-..C-..C-..', voices: 3, centre: 62, strum: 0.05 },
  'figured sixteenths': { steps: '0212 3212 0212 3212', voices: 4, centre: 62 },
};

/** Where an accompaniment plays. */
export interface Setting {
  readonly spans: readonly ChordSpan[];
  readonly beatsPerBar: number;
  /** Length of the excerpt in beats; the progression repeats to fill it. */
  readonly beats: number;
  /** Lowest and highest MIDI pitch of the instrument. */
  readonly range: readonly [number, number];
}

/** The notes of a chord texture. */
export function playChords(texture: ChordTexture, { spans, beatsPerBar, beats, range }: Setting): Note[] {
  const centre = Math.min(range[1] - 9, Math.max(range[0] + 9, texture.centre));
  const voicings = voiceChords(spans, { ...texture, centre });
  const voicingAt = new Map(spans.map(({ chord }, index) => [chord, voicings[index]!]));
  const steps = repeatSteps(texture.steps, beatsPerBar, beats);
  return steps
    .flatMap((step) => strikesOf(step, spans, texture.ringing))
    .flatMap((step) => {
      const chord = chordAt(spans, step.start);
      const pitches = pitchesOf(step.token, voicingAt.get(chord)!, chord).map((pitch) => into(pitch, range));
      return [...new Set(pitches)].map((pitch, index): Note => {
        const delay = index * (texture.strum ?? 0);
        const duration = Math.max(0.1, step.duration - delay);
        return { pitch, start: step.start + delay, duration, accent: accentOf(step, beatsPerBar) };
      });
    });
}

// What is held is struck again where the harmony changes under it; what rings does so until then.
function strikesOf(step: Step, spans: readonly ChordSpan[], rings = false): Step[] {
  const change = nextChange(spans, step.start) - step.start;
  if (rings) return [{ ...step, duration: Math.max(change, step.duration) }];
  const rest = { ...step, start: step.start + change, duration: step.duration - change };
  if (rest.duration < 0.3) return [{ ...step, duration: Math.min(step.duration, Math.max(change, 0.25)) }];
  return [{ ...step, duration: change }, ...strikesOf(rest, spans)];
}

function pitchesOf(token: string, voicing: readonly number[], chord: Chord): number[] {
  const { tones, bass } = chord;
  const low = nearestPitch(voicing[0]! - 11, [bass]);
  const root = nearestPitch(voicing[0]! - 6, [chord.root]);
  switch (token) {
    case 'C':
      return [...voicing];
    case 'U':
      return voicing.slice(1);
    case 'B':
      return [low];
    case 'F':
      return [nearestPitch(low + 7, tones)];
    case 'P':
      return [root, nearestPitch(root + 7, tones), root + 12];
    case 'Q':
      return [root, root + 9, root + 12];
    default: {
      const index = Number(token);
      return [voicing[index % voicing.length]! + 12 * Math.floor(index / voicing.length)];
    }
  }
}

/** How hard a step is struck: downbeats most, what lies between the beats least, upstrokes lightly. */
export const accentOf = ({ start, token }: Step, beatsPerBar: number) =>
  (start % beatsPerBar < 1e-9 ? 1.06 : start % 1 < 1e-9 ? 1 : 0.92) * (token === 'U' ? 0.88 : 1);

/** The pitch moved by octaves into a range. */
export function into(pitch: number, [low, high]: readonly [number, number]): number {
  let result = pitch;
  while (result < low) result += 12;
  while (result > high) result -= 12;
  return result;
}

/**
 * The notes of each chord from low to high, one array per span, each chord reached from the one before with as little
 * movement as possible.
 */
export function voiceChords(spans: readonly ChordSpan[], options: VoicingOptions): number[][] {
  let previous: number[] | undefined;
  return spans.map(({ chord }) => {
    const candidates = voicingsOf(chord, options);
    const cost = (notes: number[]) => movement(previous, notes) + 0.6 * Math.abs(mean(notes) - options.centre);
    previous = candidates.reduce((best, notes) => (cost(notes) < cost(best) ? notes : best));
    return previous;
  });
}

function voicingsOf(chord: Chord, options: VoicingOptions): number[][] {
  const classes = colourOf(chord, options);
  const voicings: number[][] = [];
  for (let inversion = 0; inversion < classes.length; inversion++) {
    const order = [...classes.slice(inversion), ...classes.slice(0, inversion)];
    for (let octave = -2; octave <= 1; octave++) {
      const lowest = order[0]! + 12 * (Math.round(options.centre / 12) + octave);
      const notes = stack(order, lowest, options.voices);
      voicings.push(options.open ? dropSecond(notes) : notes);
    }
  }
  return voicings;
}

// Which chord tones sound: the fifth is the first to go, then the root where the bass has it.
function colourOf({ tones, root }: Chord, { voices, rootless }: VoicingOptions): number[] {
  let classes = [...tones];
  if (rootless && classes.length > 3) classes = classes.filter((tone) => tone !== root);
  if (classes.length > voices) classes = classes.filter((tone) => tone !== pitchClass(root + 7));
  if (classes.length > voices) classes = classes.filter((tone) => tone !== root);
  return classes.slice(0, Math.max(voices, 2)).sort((a, b) => pitchClass(a - root) - pitchClass(b - root));
}

function stack(order: readonly number[], lowest: number, voices: number): number[] {
  const notes = [lowest];
  for (let voice = 1; voice < voices; voice++) {
    const last = notes[voice - 1]!;
    const rise = pitchClass(order[voice % order.length]! - last);
    notes.push(last + (rise === 0 ? 12 : rise));
  }
  return notes;
}

function dropSecond(notes: readonly number[]): number[] {
  if (notes.length < 3) return [...notes];
  const dropped = notes[notes.length - 2]! - 12;
  return [...notes.filter((_, index) => index !== notes.length - 2), dropped].sort((a, b) => a - b);
}

function movement(previous: readonly number[] | undefined, notes: readonly number[]): number {
  if (!previous) return 0;
  return notes.reduce((sum, note, voice) => sum + Math.abs(note - previous[voice]!), 0);
}
