import { expect, it } from 'vitest';
import { type ComparedRow, verdictOf, verdictSentence } from './verdict.ts';

const row = (difference: number, interval: [number, number], pValue: number, adjustedPValue = pValue): ComparedRow => ({
  metric: 'PR-AUC',
  comparison: { difference, interval, pValue },
  adjustedPValue,
  comparisons: adjustedPValue === pValue ? 1 : 6,
});

it('says better, with its figures', () => {
  const better = row(0.012, [0.004, 0.02], 0.0005, 0.003);
  expect(verdictOf(better)).toBe('better');
  expect(verdictSentence(better)).toBe(
    'PR-AUC +0.012 (95 % interval +0.004 … +0.020, p = 0.003 after Holm over 6 comparisons): ' +
      'better than random sets of the same size.',
  );
});

it('says worse, at another level and against another baseline', () => {
  const worse = row(-0.3, [-0.4, -0.2], 0.00001);
  expect(verdictOf(worse, 0.99)).toBe('worse');
  expect(verdictSentence(worse, { level: 0.99, baseline: 'the whole train set' })).toBe(
    'PR-AUC −0.300 (99 % interval −0.400 … −0.200, p < 0.001): worse than the whole train set.',
  );
});

it('says that nothing is shown, and when the correction took it', () => {
  expect(verdictSentence(row(-0.0001, [-0.02, 0.0198], 0.9))).toBe(
    'PR-AUC 0.000 (95 % interval −0.020 … +0.020, p = 0.900): no difference from random sets of the same size is shown.',
  );
  expect(verdictSentence(row(0.01, [0.001, 0.019], 0.03, 0.18))).toBe(
    'PR-AUC +0.010 (95 % interval +0.001 … +0.019, p = 0.180 after Holm over 6 comparisons): ' +
      'no difference from random sets of the same size is shown after the correction.',
  );
});

it('keeps to the side of the line that the p-value is on', () => {
  expect(verdictOf(row(0.01, [0, 0.02], 0.05))).toBe('no difference');
  expect(verdictSentence(row(0.01, [0.0001, 0.02], 0.0497))).toMatch(/p = 0\.0497\): better/);
  expect(verdictSentence(row(0.01, [0, 0.02], 0.05))).toMatch(/p = 0\.050\): no difference/);
});

it('shows more digits of small differences', () => {
  expect(verdictSentence(row(0.00031, [0.00011, 0.00051], 0.004))).toMatch(
    /^PR-AUC \+0\.0003 \(95 % interval \+0\.0001 … \+0\.0005/,
  );
  expect(verdictOf(row(0, [0, 0], 1))).toBe('no difference');
});
