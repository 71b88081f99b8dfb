import type { ComparisonPage } from '@refrain/pruned-dataset';
import { expect, it } from 'vitest';
import { csvText } from '../pictures/table.ts';
import { metricPicture } from './comparisonPictures.ts';
import { comparisonClaims, comparisonHeadline } from './comparisonWords.ts';

const figureOf = (mean: number, sd: number | null = null) => ({ 'PR-AUC': { mean, sd, values: [mean] } });
const against = (difference: number, verdict: string) => ({
  'PR-AUC': { difference, low: difference - 0.01, high: difference + 0.01, of: 'seeds' as const, verdict },
});
const one: ComparisonPage['comparisons'][number] = {
  evaluator: 'linear-probe',
  trainClips: 100,
  metrics: ['PR-AUC'],
  rows: [
    { name: 'all', role: 'whole', kept: 100, metrics: figureOf(0.7), differences: {} },
    { name: 'random', role: 'random', kept: 50, metrics: figureOf(0.6, 0.02), differences: {} },
    { name: 'a', role: 'strategy', kept: 50, metrics: figureOf(0.65, 0.01), differences: against(0.05, 'better') },
    { name: 'b', role: 'strategy', kept: 30, metrics: figureOf(0.5), differences: against(-0.1, 'worse') },
    { name: 'c', role: 'strategy', kept: 20, metrics: figureOf(0.6), differences: against(0, 'no difference') },
  ],
};

it('says of each metric what the comparison found, the worst first', () => {
  expect(comparisonHeadline({ comparisons: [one] } as unknown as ComparisonPage)).toBe(
    '3 ways of pruning against random sets of the same size',
  );
  expect(comparisonClaims(one, 'PR-AUC').map(([, sentence]) => sentence)).toEqual([
    'PR-AUC, worse than random: b (30) −0.100 [−0.110, −0.090].',
    'PR-AUC, better than random: a (50) +0.050 [0.040, 0.060].',
    'PR-AUC, no difference from random shown: 1 of 3.',
  ]);
});

it('a picture has every set by size, and there is none of what was not measured', () => {
  const picture = metricPicture(one, 'PR-AUC')!;
  expect(picture.name).toBe('linear-probe-pr-auc');
  expect(csvText(picture.table)).toBe(
    'role,name,kept,mean,standard deviation\r\nstrategy,c,20,0.6,\r\nstrategy,b,30,0.5,\r\nrandom,random,50,0.6,0.02\r\nstrategy,a,50,0.65,0.01\r\nwhole,all,100,0.7,\r\n',
  );
  expect(metricPicture(one, 'accuracy')).toBeUndefined();
});
