import { type Chord, type ChordSpan, chordAt, nextChange } from './chord.ts';
import { nearestPitch } from './scale.ts';
import type { Note } from './score.ts';
import { repeatSteps, type Step } from './steps.ts';
import type { ChordTexture } from './textures.ts';
import { voiceChords } from './voicing.ts';

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
  const centre = clampCentre(texture, range);
  const voicings = voiceChords(spans, { ...texture, centre });
  const voicingAt = new Map(spans.map(({ chord }, index) => [chord, voicings[index]!]));
  return repeatSteps(texture.steps, beatsPerBar, beats).flatMap((step) => {
    const chord = chordAt(spans, step.start);
    const change = nextChange(spans, step.start);
    const end = texture.ringing
      ? Math.max(change, step.start + step.duration)
      : Math.min(step.start + step.duration, Math.max(change, step.start + 0.25));
    const pitches = pitchesOf(step.token, voicingAt.get(chord)!, chord).map((pitch) => into(pitch, range));
    const strum = texture.strum ?? 0;
    const struck = [...new Set(pitches)].map((pitch, index): Note => {
      const start = step.start + index * strum;
      return { pitch, start, duration: Math.max(0.1, end - start), accent: accentOf(step, beatsPerBar) };
    });
    // A held chord is struck again where the harmony changes under it.
    return texture.ringing || step.token !== 'C'
      ? struck
      : [...struck, ...restrike(step, spans, voicingAt, beats, range)];
  });
}

function restrike(
  step: Step,
  spans: readonly ChordSpan[],
  voicingAt: ReadonlyMap<Chord, number[]>,
  beats: number,
  range: Setting['range'],
): Note[] {
  const notes: Note[] = [];
  const end = Math.min(step.start + step.duration, beats);
  for (let start = nextChange(spans, step.start); start < end - 0.3; start = nextChange(spans, start)) {
    const duration = Math.min(end, nextChange(spans, start)) - start;
    const pitches = voicingAt.get(chordAt(spans, start))!.map((pitch) => into(pitch, range));
    notes.push(...[...new Set(pitches)].map((pitch) => ({ pitch, start, duration, accent: 0.95 })));
  }
  return notes;
}

function pitchesOf(token: string, voicing: readonly number[], chord: Chord): number[] {
  const { tones, bass } = chord;
  const low = nearestPitch(voicing[0]! - 11, [bass]);
  const root = nearestPitch(voicing[0]! - 6, [chord.root]);
  switch (token) {
    case 'C':
    case 'D':
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

const clampCentre = ({ centre }: ChordTexture, [low, high]: Setting['range']) =>
  Math.min(high - 9, Math.max(low + 9, centre));

/** The pitch moved by octaves into a range. */
export function into(pitch: number, [low, high]: readonly [number, number]): number {
  let result = pitch;
  while (result < low) result += 12;
  while (result > high) result -= 12;
  return result;
}
