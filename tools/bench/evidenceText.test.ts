import { describe, expect, it } from 'vitest';
import { type Compared, evidenceSentence, evidenceTable } from './evidenceText.ts';

const spread = (...values: number[]) => ({
  mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  sd: values.length > 1 ? 0.5 : null,
  values,
});

/** A row with a probe's report and one of coverage. */
function row(strategy: string, role: 'whole' | 'baseline' | 'strategy', kept: number, auc: number, coverage: number[]) {
  const difference = { difference: auc - 0.5, interval: [auc - 0.6, auc - 0.4] as const, verdict: 'worse' as const };
  const against = role === 'strategy' ? { random: { test: { 'ROC-AUC': difference } } } : undefined;
  const own = { strategy, role, kept };
  return {
    ...own,
    reports: [
      { ...own, results: { test: { 'ROC-AUC': spread(auc, auc) } }, ...(against && { against }) },
      { ...own, results: { test: { 'track coverage': spread(...coverage) } } },
    ],
  };
}

const COMPARED: Compared = {
  name: 'a set',
  trainClips: 9,
  rows: [
    row('whole set', 'whole', 9, 0.7, [1]),
    row('random', 'baseline', 4, 0.5, [0.25, 0.75]),
    row('jensen-shannon', 'strategy', 4, 0.25, [1]),
    row('keep-redundant', 'strategy', 4, 0.25, [0.5]),
  ],
};

describe('the text of the evidence', () => {
  it('has the differences of a probe as stated, and of coverage to the least and the highest random set', () => {
    const { header, rows } = evidenceTable(COMPARED);
    expect(header).toEqual(['strategy', 'kept', 'track coverage', 'Δ to random', 'ROC-AUC', 'Δ to random']);
    expect(rows[1]).toEqual(['random', '4', '0.500 ± 0.500', '', '0.500 ± 0.500', '']);
    expect(rows[2]).toEqual([
      ...['jensen-shannon', '4', '1.000', '+0.500 [+0.250, +0.750] ▲'],
      ...['0.250 ± 0.500', '−0.250 [−0.350, −0.150] ▼'],
    ]);
    expect(rows[3]!.slice(2, 4)).toEqual(['0.500', '0.000 [−0.250, +0.250]']);
  });

  it('says in a sentence what the intervals carry', () => {
    expect(evidenceSentence(COMPARED)).toBe(
      'jensen-shannon: better in track coverage (4 kept), worse in ROC-AUC (4 kept); keep-redundant: worse in ROC-AUC (4 kept)',
    );
  });
});
