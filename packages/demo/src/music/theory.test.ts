import { describe, expect, it } from 'vitest';
import type { Key } from './theory.ts';
import { chordAt, nextChange, parseChord, parseProgression } from './theory.ts';

const C: Key = { tonic: 0, mode: 'major' };
const A: Key = { tonic: 9, mode: 'minor' };

describe('parseChord', () => {
  it('reads degree, quality and inversion', () => {
    expect(parseChord('IV', C)).toMatchObject({ root: 5, bass: 5, tones: [5, 9, 0] });
    expect(parseChord('ii7', C)).toMatchObject({ root: 2, tones: [2, 5, 9, 0] });
    expect(parseChord('V/3', C)).toMatchObject({ root: 7, bass: 11 });
    expect(parseChord('bVImaj7', A)).toMatchObject({ root: 5, tones: [5, 9, 0, 4] });
    expect(parseChord('viio/3', C)).toMatchObject({ root: 11, bass: 2, tones: [11, 2, 5] });
  });

  it('reads applied chords', () => {
    expect(parseChord('V7/V', C)).toMatchObject({ root: 2, tones: [2, 6, 9, 0] });
    expect(parseChord('V7/vi', C)).toMatchObject({ root: 4, tones: [4, 8, 11, 2] });
  });

  it('bends the scale where the chord does', () => {
    expect(parseChord('ii', C).scale).toEqual([0, 2, 4, 5, 7, 9, 11]);
    // Harmonic minor over the dominant of A minor: G sharp for G.
    expect(parseChord('V7', A).scale).toEqual([0, 2, 4, 5, 8, 9, 11]);
    expect(parseChord('V7/V', C).scale).toEqual([0, 2, 4, 6, 7, 9, 11]);
    expect(parseChord('iv', C).scale).toEqual([0, 2, 4, 5, 7, 8, 11]);
    expect(parseChord('bVII', C).scale).toEqual([0, 2, 4, 5, 7, 9, 10]);
  });

  it('refuses what is not a numeral', () => {
    for (const text of ['H', 'Vmin', 'I/9', '', 'VIII'])
      expect(() => parseChord(text, C), text).toThrow('Roman numeral');
  });
});

describe('parseProgression', () => {
  it('divides a bar among its chords and repeats for ever', () => {
    const spans = parseProgression('I | IV V7', C, 4);
    expect(spans.map(({ start, duration }) => [start, duration])).toEqual([
      [0, 4],
      [4, 2],
      [6, 2],
    ]);
    expect(chordAt(spans, 5.5).numeral).toBe('IV');
    expect(chordAt(spans, 6).numeral).toBe('V7');
    expect(chordAt(spans, 8).numeral).toBe('I');
    expect(nextChange(spans, 0)).toBe(4);
    expect(nextChange(spans, 7)).toBe(8);
    expect(nextChange(spans, 8)).toBe(12);
  });
});
