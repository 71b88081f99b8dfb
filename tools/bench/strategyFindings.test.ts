import { expect, it } from 'vitest';
import { strategyFindings } from './strategyFindings.ts';
import { block, result } from './strategyFixture.ts';

it('says where a strategy is worse, by how much, and what can be seen of it', () => {
  const text = strategyFindings('bad', [block]);
  expect(text).toBe(
    '**bad is at least as good as the mean of its random sets in 0 of 3 figures.** Of the 3 worse ones, 2 are more than two standard deviations away.' +
      '\n\nWhere it is worse:\n\n' +
      '- birds, 25 % removed: nearest kept, mean 0.710 (0.800 ± 0.050, 1.80 deviations), track coverage 0.850 (0.900 ± 0.020, 2.50 deviations), ' +
      'labels lost 2 (0.5 ± 0.7, 2.14 deviations); 2 of 3 removals across tracks; κ lowered from 0.98 to 0.751; least similar partner 0.600; ' +
      'lost: owl (1 clip), wren (3 clips)',
  );
});

it('compares removals across tracks where a measure of tracks is worse with those elsewhere', () => {
  const fine = result('bad', { 'track coverage': 1 }, { removed: 10, acrossTracks: 1 });
  const text = strategyFindings('bad', [block, { ...block, corpus: 'bats', results: [fine] }]);
  expect(text).toContain(
    'Where one of them is worse than random, 67 % of its removals are such; in the other cases 10 %.',
  );
  expect(text).toContain('in 1 of 4 figures');
  expect(text).not.toContain('- bats');
});

it('is a sentence alone where a strategy is never worse', () => {
  expect(strategyFindings('good', [block])).toBe(
    '**good is at least as good as the mean of its random sets in 3 of 3 figures, always in: nearest kept, mean; track coverage; labels lost.**',
  );
});
