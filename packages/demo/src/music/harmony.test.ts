import { seededRandom } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLASSICAL } from '../styles/classical.ts';
import { playBass } from './bass.ts';
import { voiceChords } from './chords.ts';
import { composeMelody, harmonyBelow, isStrong } from './melody.ts';
import { type Key, nearestPitch, parseProgression, pitchClass, stepInScale } from './theory.ts';

const key: Key = { tonic: 2, mode: 'major' };
const spans = parseProgression('I | vi | ii7 V7 | I | IV | I/3 | ii V7 | I', key, 4);

describe('scale steps', () => {
  it('go up and down the scale, from outside it too', () => {
    const C = [0, 2, 4, 5, 7, 9, 11];
    expect(stepInScale(60, 2, C)).toBe(64);
    expect(stepInScale(60, -1, C)).toBe(59);
    expect(stepInScale(61, 1, C)).toBe(62);
    expect(nearestPitch(61, [0, 2], 1)).toBe(62);
    expect(nearestPitch(61, [0, 2], -1)).toBe(60);
  });
});

describe('voiceChords', () => {
  it('plays chord tones only and moves little', () => {
    const voicings = voiceChords(spans, { voices: 4, centre: 62 });
    voicings.forEach((notes, index) => {
      for (const note of notes) expect(spans[index]!.chord.tones).toContain(pitchClass(note));
      expect([...notes].sort((a, b) => a - b)).toEqual(notes);
      if (index === 0) return;
      const moved = notes.reduce((sum, note, voice) => sum + Math.abs(note - voicings[index - 1]![voice]!), 0);
      expect(moved / notes.length).toBeLessThan(4);
    });
  });

  it('leaves the root out where asked', () => {
    const [, , ii7] = voiceChords(spans, { voices: 3, centre: 62, rootless: true });
    expect(ii7!.map(pitchClass)).not.toContain(4);
  });
});

describe('playBass', () => {
  it('has the chord’s bass on its first beat, whatever it does then', () => {
    for (const name of ['walking bass', 'two feel', 'running bass', 'bossa bass', 'pop bass'] as const) {
      const notes = playBass(name, { spans, beatsPerBar: 4, beats: 32, range: [28, 60] });
      for (const { chord, start } of spans) {
        const note = notes.find((one) => one.start === start);
        if (note) expect(pitchClass(note.pitch), `${name} at ${start}`).toBe(chord.bass);
      }
    }
  });

  it('walks without standing still', () => {
    const pitches = playBass('walking bass', { spans, beatsPerBar: 4, beats: 32, range: [28, 60] }).map(
      ({ pitch }) => pitch,
    );
    expect(pitches).toHaveLength(32);
    for (const [index, pitch] of pitches.slice(1).entries()) expect(pitch).not.toBe(pitches[index]);
  });
});

describe('composeMelody', () => {
  const melodies = fc.integer({ min: 0, max: 10_000 }).map((seed) => {
    const style = CLASSICAL[seed % 2]!;
    return composeMelody(seededRandom(seed), style.melody, { spans, beatsPerBar: 4, bars: 8, range: [62, 78] });
  });

  it('stays in range, stands on chord tones, ends on root or third and mostly steps', () => {
    fc.assert(
      fc.property(melodies, (notes) => {
        for (const { pitch, start, duration } of notes) {
          expect(pitch).toBeGreaterThanOrEqual(62);
          expect(pitch).toBeLessThanOrEqual(78);
          const { chord } = spans.findLast((span) => span.start <= start)!;
          expect(chord.scale).toContain(pitchClass(pitch));
          if (isStrong({ start, duration }, 4)) expect(chord.tones).toContain(pitchClass(pitch));
        }
        expect([2, 6]).toContain(pitchClass(notes.at(-1)!.pitch));
        const intervals = notes.slice(1).map(({ pitch }, index) => Math.abs(pitch - notes[index]!.pitch));
        expect(intervals.filter((interval) => interval <= 4).length / intervals.length).toBeGreaterThan(0.6);
      }),
      { numRuns: 60 },
    );
  });

  it('gets a second voice that stays below it', () => {
    fc.assert(
      fc.property(melodies, (notes) => {
        for (const [index, { pitch }] of harmonyBelow(notes, spans).entries())
          expect(pitch).toBeLessThan(notes[index]!.pitch);
      }),
      { numRuns: 20 },
    );
  });
});
