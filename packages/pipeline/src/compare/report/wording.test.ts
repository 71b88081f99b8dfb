import { expect, it } from 'vitest';
import { decimalsFor, exactText, signedText, spreadText } from './wording.ts';

it.each([
  [[0.5], 2],
  [[0.099, 0.02], 3],
  [[0.002, 0.01], 3],
  [[0.0099, null], 4],
  [[0.00001], 4],
  [[0, null, undefined], 3],
  [[], 3],
  [[12], 0],
])('shows two digits of the largest deviation of %j', (sds, decimals) => {
  expect(decimalsFor(sds)).toBe(decimals);
});

it('writes figures with their deviation, sign or all digits', () => {
  expect(spreadText({ mean: 0.71249, sd: 0.0123 }, 3)).toBe('0.712 ± 0.012');
  expect(spreadText({ mean: -0.5, sd: null }, 2)).toBe('−0.50');
  expect([spreadText({ mean: null, sd: null }, 3), spreadText(undefined, 3)]).toEqual(['n/a', 'n/a']);
  expect([0.0126, -0.0126, -0.0001, 0].map((value) => signedText(value, 3))).toEqual([
    '+0.013',
    '−0.013',
    '0.000',
    '0.000',
  ]);
  expect([1 / 3, 0, null, undefined].map(exactText)).toEqual(['0.3333333333333333', '0', 'n/a', 'n/a']);
});
