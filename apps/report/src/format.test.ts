import { expect, it } from 'vitest';
import { clock, counted, duration, figure, percent, signed, whole } from './format.ts';

it.each([
  [0.65971, '0.660'],
  [-0.004, '−0.004'],
  [1, '1'],
  [5.0255, '5.03'],
  [131.733, '132'],
  [-0.00046, '−0.0005'],
  [0.000012, '0.00001'],
  [1.2e-9, '1.2e−9'],
  [null, '–'],
])('the figure %s is written %s', (value, text) => {
  expect(figure(value)).toBe(text);
});

it('signs, thousands, counts, shares and times are written as people write them', () => {
  expect([signed(0.08), signed(-0.08), signed(0)]).toEqual(['+0.080', '−0.080', '0']);
  expect(whole(25_863)).toBe('25\u202f863');
  expect([counted(1, 'clip'), counted(2, 'clip')]).toEqual(['1 clip', '2 clips']);
  expect([percent(0.0001), percent(0.9999), percent(0.593), percent(0), percent(1)]).toEqual([
    'under 1 %',
    'over 99 %',
    '59 %',
    '0 %',
    '100 %',
  ]);
  expect([duration(0.034), duration(3.4), duration(131.7)]).toEqual(['34 ms', '3.4 s', '2 min 12 s']);
  expect(clock(65.25)).toBe('1:05.3');
});
