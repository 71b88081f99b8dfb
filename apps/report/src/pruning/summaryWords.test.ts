import type { Interval, PruningPage } from '@refrain/pruned-dataset';
import { describe, expect, it } from 'vitest';
import { claims, headline, reached, reasons, verdict } from './summaryWords.ts';

const interval = (difference: number, low: number, high: number): Interval => ({ difference, low, high, of: 'draws' });

/** As much of a page as the words ask for. */
function page(
  kept: number,
  level: PruningPage['removals']['level'],
  differences?: Readonly<Record<string, Interval>>,
): PruningPage {
  const sizes = { original: kept + level.length, kept, silent: 0, short: 0, bad: 0 };
  const removals = { level, clip: level.map((_, i) => i) };
  return { sizes, removals, ...(differences && { evaluation: { sets: [], differences } }) } as unknown as PruningPage;
}

describe('the head line', () => {
  it('says how many stay and go', () => {
    expect(headline(page(109, Array(159).fill('redundant')))).toBe('109 of 268 clips stay, 159 go');
    expect(headline(page(1, ['redundant']))).toBe('1 of 2 clips stay, 1 goes');
    expect(headline(page(12_345, Array(100).fill('redundant')))).toBe('12\u202f345 of 12\u202f445 clips stay, 100 go');
  });

  it('says that all stay where nothing goes', () => {
    expect(headline(page(5, []))).toBe('All 5 clips stay');
    expect(reasons(page(5, []))).toBe('Nothing was found to be redundant.');
  });
});

it('why clips go is counted by level, and what was set aside is told', () => {
  const mixed = page(1, ['redundant', 'identical', 'redundant']);
  expect(reasons(mixed)).toBe('What goes (75 %): 1 identical, 2 redundant.');
  expect(reasons({ ...mixed, sizes: { ...mixed.sizes, silent: 2, bad: 1 } })).toBe(
    'What goes (75 %): 1 identical, 2 redundant. Set aside before: 2 silent, 1 unreadable.',
  );
});

describe('what is claimed of a difference', () => {
  it.each([
    ['PR-AUC', interval(0.02, 0.01, 0.03), 'better'],
    ['PR-AUC', interval(-0.02, -0.03, -0.01), 'worse'],
    ['PR-AUC', interval(-0.02, -0.05, 0.01), 'unclear'],
    ['PR-AUC', interval(0.02, 0, 0.04), 'unclear'],
    ['redundancy left', interval(-0.1, -0.2, -0.05), 'better'],
    ['redundancy left', interval(0.1, 0.05, 0.2), 'worse'],
  ] as const)('%s %o is %s', (metric, difference, expected) => {
    expect(verdict(metric, difference)).toBe(expected);
  });

  it('is told the worst first, each metric with its interval', () => {
    const differences = {
      'track coverage': interval(0.083, 0.028, 0.167),
      'PR-AUC': interval(-0.004, -0.021, 0.013),
      'ROC-AUC': interval(-0.02, -0.03, -0.01),
    };
    expect(claims(page(1, ['redundant'], differences)).map(([, sentence]) => sentence)).toEqual([
      'worse than random: ROC-AUC −0.020 [−0.030, −0.010].',
      'better than random: track coverage +0.083 [0.028, 0.167].',
      'no difference from random shown: PR-AUC −0.004 [−0.021, 0.013].',
    ]);
  });

  it('is nothing where nothing was measured, and that is said', () => {
    expect(claims(page(1, ['redundant']))).toEqual([]);
    expect(reached(page(1, ['redundant']))).toBe('What pruning costs was not measured in this run.');
    expect(reached(page(1, ['redundant'], {}))).toMatch(/nothing can be said against chance/);
  });
});

it('what a probe reached is told per set, of metrics that vary with its seed only', () => {
  const base = page(1, ['redundant'], { 'PR-AUC': interval(0, -1, 1) });
  const set = (name: string, auc: number) => ({
    set: name,
    clips: 1,
    metrics: { coverage: { mean: 1, sd: null, values: [1] }, 'PR-AUC': { mean: auc, sd: 0.1, values: [auc, auc] } },
  });
  const sets = [set('whole', 0.66), set('pruned', 0.571), set('random', 0.575)];
  const measured = { ...base, evaluation: { ...base.evaluation!, sets } };
  expect(reached(measured)).toBe(
    'PR-AUC: 0.660 with all clips, 0.571 with what stays, 0.575 with random sets of that size.',
  );
});
