import { describe, expect, it } from 'vitest';
import { readStyles } from './style.ts';

const TABLE = `
style         polka  dance, folk  3 beats  90–100 bpm  looseness 9  room 0.3  swing 0.6
tracks        One Boot  Two Boots
major A       I | V7
major A       I | IV
major B       IV | V
minor A       i | V
minor B       iv | V
melody        x-x- xx--  x---  0.2
solo          xxxx  x---  0.4
cast          lead: flute, clean guitar  bass: tuba
cast          drums: brush kit
A 0.5         first dance  lead: theme, ornamented theme  bass: two feel
B 0.25        rest  bass: half roots

style         hum  folk  4 beats  60–61 bpm  looseness 1  room 0
melody        x---  x---  0.1
solo          x---  x---  0.1
`;

describe('readStyles', () => {
  const [polka, hum] = readStyles(TABLE);

  it('reads what a style is, its harmony, melodies and players', () => {
    expect(polka).toEqual({
      name: 'polka',
      genres: ['dance', 'folk'],
      beatsPerBar: 3,
      tempo: [90, 100],
      looseness: 9,
      room: 0.3,
      swing: 0.6,
      titles: ['One Boot', 'Two Boots'],
      harmony: { major: { A: ['I | V7', 'I | IV'], B: ['IV | V'] }, minor: { A: ['i | V'], B: ['iv | V'] } },
      melody: { rhythms: ['x-x-', 'xx--'], cadences: ['x---'], leaps: 0.2 },
      solo: { rhythms: ['xxxx'], cadences: ['x---'], leaps: 0.4 },
      cast: { lead: ['flute', 'clean guitar'], bass: ['tuba'], drums: ['brush kit'] },
      arrangements: [
        {
          name: 'first dance',
          section: 'A',
          dynamic: 0.5,
          parts: { lead: ['theme', 'ornamented theme'], bass: ['two feel'] },
        },
        { name: 'rest', section: 'B', dynamic: 0.25, parts: { bass: ['half roots'] } },
      ],
    });
  });

  it('is straight where no swing is said', () => {
    expect(hum!.swing).toBe(0.5);
  });
});
