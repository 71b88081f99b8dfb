import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { Score } from './arrange.ts';
import type { Note } from './notation.ts';
import { perform, swung } from './perform.ts';

const score = (notes: readonly Note[], overrides: Partial<Score> = {}): Score => ({
  tempo: 120,
  beatsPerBar: 4,
  swing: 0.5,
  dynamic: 0.5,
  leadIn: 0,
  firstBar: 0,
  parts: [{ role: 'lead', texture: 'theme', instrument: 'piano', weight: 1, notes }],
  ...overrides,
});
const note = (pitch: number, start: number, duration: number, accent = 1): Note => ({ pitch, start, duration, accent });

describe('swung', () => {
  it('moves the second half of a beat and leaves triplets alone', () => {
    expect(swung(3, 0.65)).toBe(3);
    expect(swung(3.5, 0.65)).toBeCloseTo(3.65);
    expect(swung(3.25, 0.6)).toBeCloseTo(3.3);
    expect(swung(2 + 2 / 3, 0.65)).toBeCloseTo(2 + 2 / 3);
    expect(swung(1.75, 0.5)).toBeCloseTo(1.75);
  });
});

describe('perform', () => {
  it('is on the beat for players without looseness', () => {
    const { notes } = perform(score([note(60, 0, 1), note(62, 1, 1)]), { looseness: 0 }, seededRandom(1));
    expect(notes.map(({ on }) => on)).toEqual([0, 0.5]);
  });

  it('plays the same for the same seed and not for another', () => {
    const music = score(Array.from({ length: 16 }, (_, i) => note(60 + i, i, 1)));
    const play = (seed: number) => perform(music, { looseness: 10 }, seededRandom(seed));
    expect(play(1)).toEqual(play(1));
    expect(play(1)).not.toEqual(play(2));
  });

  it('lets a key go before it is struck again', () => {
    const { notes } = perform(score([note(60, 0, 4), note(60, 1, 1)]), { looseness: 0 }, seededRandom(1));
    expect(notes[0]!.off).toBeLessThan(notes[1]!.on);
  });

  it('is louder the louder the dynamic and the accent', () => {
    const loudness = (dynamic: number, accent: number) => {
      const music = score(
        Array.from({ length: 40 }, (_, i) => note(60, i, 1, accent)),
        { dynamic },
      );
      const { notes } = perform(music, { looseness: 0 }, seededRandom(3));
      return notes.reduce((sum, { velocity }) => sum + velocity, 0) / notes.length;
    };
    expect(loudness(0.8, 1)).toBeGreaterThan(loudness(0.3, 1) + 20);
    expect(loudness(0.5, 1)).toBeGreaterThan(loudness(0.5, 0.7) + 10);
  });
});
