import { expect, it } from 'vitest';
import { MEASURES } from './coverageMeasures.ts';
import { block } from './strategyFixture.ts';
import { corpusTable, refusalLines, spreadCell, summaryTable, valueCell } from './strategyText.ts';

const [mean, , tracks, , redundancy, labels] = MEASURES as Required<typeof MEASURES>;

it('marks what is worse than random, whichever way that is', () => {
  const random = { mean: 0.5, sd: 0.1 };
  expect(valueCell(mean!, 0.4, random)).toBe('0.400 ▼');
  expect(valueCell(mean!, 0.5, random)).toBe('0.500');
  expect(valueCell(redundancy!, 0.6, random)).toBe('0.600 ▼');
  expect(valueCell(redundancy!, 0.4, random)).toBe('0.400');
  expect(valueCell(labels!, 1, random)).toBe('1 ▼');
  expect(valueCell(tracks!, undefined, undefined)).toBe('n/a');
  expect(valueCell(tracks!, Number.NaN, random)).toBe('n/a');
  expect(spreadCell(mean!, random)).toBe('0.500 ± 0.100');
  expect(spreadCell(labels!, random)).toBe('0.5 ± 0.1');
  expect(spreadCell(labels!, undefined)).toBe('n/a');
});

it('lists strategies, those refused too, and the random sets last', () => {
  const { header, rows } = corpusTable([block]);
  expect(header).toEqual(['removed', 'strategy', 'kept', ...MEASURES.map(({ title }) => title)]);
  expect(rows).toEqual([
    ['25 %', 'good', '9', '0.900', 'n/a', '0.900', 'n/a', 'n/a', '0'],
    ['25 %', 'bad', '9', '0.710 ▼', 'n/a', '0.850 ▼', 'n/a', 'n/a', '2 ▼'],
    ['25 %', 'picky', 'refused', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a'],
    ['25 %', 'random sets', '9', '0.800 ± 0.050', 'n/a', '0.900 ± 0.020', 'n/a', 'n/a', '0.5 ± 0.7'],
  ]);
  expect(refusalLines([block])).toEqual(['- picky, 25 % removed: Give more.']);
});

it('counts cases worse than random by strategy', () => {
  expect(summaryTable([block]).rows).toEqual([
    ['good', '0 of 1', 'n/a', '0 of 1', 'n/a', 'n/a', '0 of 1', '0'],
    ['bad', '1 of 1', 'n/a', '1 of 1', 'n/a', 'n/a', '1 of 1', '0'],
    ['picky', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', '1'],
  ]);
});
