import type { PruningPage } from '@refrain/pruned-dataset';
import { describe, expect, it } from 'vitest';
import { pruningPictures } from './pruningPictures.ts';
import { csvText } from './table.ts';

const page = {
  sizes: { original: 8, kept: 6, silent: 0, short: 0, bad: 0 },
  rule: { kind: 's-norm', kappa: 0.8, tau: 4, false_discovery_rate: 0.01 },
  removals: { theta: [0.7, null], z: [4.5, null], similarity: [0.9, 1] },
  similarities: { bins: 4, within: [1, 2, 3, 4], removed: [0, 0, 0, 2] },
  clusters: [
    { label: -1, original: 3, kept: 3, groups: 3, jsdBefore: 0, jsdAfter: 0 },
    { label: 0, original: 5, kept: 3, groups: 3, jsdBefore: 0.0954372523105547, jsdAfter: 1e-33 },
  ],
  overT: [
    {
      value: 0,
      kept: 8,
      worstSimilarity: null,
      worstZ: null,
      labelsLost: 0,
      tracksLost: null,
      jsd: 0.1,
      jsdBefore: 0.2,
      isTaken: false,
    },
    {
      value: 1,
      kept: 6,
      worstSimilarity: 0.9,
      worstZ: 4.5,
      labelsLost: 1,
      tracksLost: null,
      jsd: 0,
      jsdBefore: 0.3,
      isTaken: true,
    },
  ],
  evaluation: {
    sets: [],
    differences: {},
    perTag: {
      tags: ['say "rock", loudly\n', '<script>', '=1+1'],
      columns: {
        'whole positives': [2, 5, 1],
        'pruned positives': [1, 4, 1],
        'pruned PR-AUC': [0.5, 0.75, null],
        'random PR-AUC': [0.75, 0.5, 1],
      },
    },
  },
  timings: { embed: 1.5, prune: 0.25 },
} as unknown as PruningPage;

describe('the numbers of the pictures of a run', () => {
  const pictures = pruningPictures(page).filter((picture) => picture !== undefined);
  const csv = Object.fromEntries(pictures.map(({ name, table }) => [name, csvText(table)]));

  it('are all that there is to draw, under names of their own', () => {
    expect(Object.keys(csv)).toEqual([
      'over-t',
      'similarities',
      'scores',
      'clusters',
      'divergence',
      'positives',
      'tags-pr-auc',
      'stages',
    ]);
    expect(new Set(pictures.map(({ name }) => name)).size).toBe(pictures.length);
  });

  it('are those of the run to the last digit, unknown ones empty', () => {
    expect(csv['over-t']).toBe(
      'number,t,kept clips,kept share,worst partner similarity,worst partner z,tags lost,tracks lost,"divergence, bits","divergence before, bits",taken\r\n' +
        '1,0,8,1,,,0,,0.1,0.2,no\r\n2,1,6,0.75,0.9,4.5,1,,0,0.3,yes\r\n',
    );
    expect(csv.similarities).toBe(
      'from,to,removed clips with their partners,pairs inside clusters\r\n-1,-0.5,0,1\r\n-0.5,0,0,2\r\n0,0.5,0,3\r\n0.5,1,2,4\r\n',
    );
    expect(csv.clusters).toBe('cluster,clips,kept,groups\r\n0,5,3,3\r\nnone,3,3,3\r\n');
    expect(csv.divergence).toBe('cluster,before,after\r\n0,0.0954372523105547,1e-33\r\n');
    expect(csv.stages).toBe('stage,seconds\r\nembed,1.5\r\nprune,0.25\r\n');
  });

  it('count every score once', () => {
    const counts = pictures.find(({ name }) => name === 'scores')!.table.rows.map((row) => Number(row[2]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('quote what tags may hold', () => {
    expect(csv.positives).toBe(
      'tag,all clips,what stays\r\n<script>,5,4\r\n"say ""rock"", loudly\n",2,1\r\n=1+1,1,1\r\n',
    );
    expect(csv['tags-pr-auc']).toBe(
      'tag,what stays,random,difference\r\n"say ""rock"", loudly\n",0.5,0.75,-0.25\r\n<script>,0.75,0.5,0.25\r\n',
    );
  });
});

it('a run of which nothing is known has no pictures', () => {
  const bare = { ...page, similarities: undefined, overT: undefined, evaluation: undefined, clusters: [], timings: {} };
  const without = { ...bare, rule: { kind: 'none' } } as unknown as PruningPage;
  expect(pruningPictures(without).filter((picture) => picture !== undefined)).toEqual([]);
});
