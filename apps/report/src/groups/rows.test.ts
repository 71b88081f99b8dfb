import type { PruningPage } from '@refrain/pruned-dataset';
import { describe, expect, it } from 'vitest';
import { decided, type Overrides } from '../decisions/overrides.ts';
import { borderlineFirst, filtered, labelDifference, NO_FILTER } from './rows.ts';

/** Clips 0…7, of which 2…7 go: 2 and 3 for 0 and 4…7 for 1. */
const page = {
  rule: { kind: 's-norm', kappa: 0.8, tau: 4, false_discovery_rate: 0.01 },
  clips: {
    id: ['k0', 'k1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'],
    path: ['k0.wav', 'k1.wav', 'Émile.wav', 'r3.wav', 'r4.wav', 'r5.wav', null, 'r7.wav'],
    labels: [[0], [0, 1], [0], [1], [], [1, 2], [], []],
    labelNames: ['rock', 'jazz', '<b>bold</b>'],
    cluster: [0, 1, 0, 0, 1, 1, -1, 1],
  },
  removals: {
    clip: [7, 6, 5, 4, 3, 2],
    partner: [1, 1, 1, 1, 0, 0],
    level: ['identical', 'identical', 'redundant', 'redundant', 'redundant', 'redundant'],
    similarity: [1, 1, 0.99, 0.9, 0.88, 0.81],
    theta: [1, 1, 0.8, 0.8, 0.8, 0.8],
    z: [null, null, 8, 6, 5, 4.8],
  },
} as unknown as PruningPage;
const rows = borderlineFirst(page);
const ids = (some: typeof rows) => some.map(({ clip }) => clip);

describe('the order of the list', () => {
  it('is borderline first, those together for which one clip stays', () => {
    // 2: min(0.81/0.8, 4.8/4) = 1.0125; 3: 1.1; 4: 1.125; 5: 1.2375; the copies have no margin.
    expect(ids(rows)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(rows.map(({ margin }) => margin).slice(0, 3)).toEqual([1.0125, 1.0999999999999999, 1.125]);
    expect(rows.at(-1)!.margin).toBe(Number.POSITIVE_INFINITY);
  });

  it('goes by z where that is nearer to the edge, and by θ alone without it', () => {
    const near = { ...page, removals: { ...page.removals, z: [null, null, 8, 4, 5, 4.8] } } as PruningPage;
    expect(ids(borderlineFirst(near))).toEqual([4, 5, 6, 7, 2, 3]);
    const constant = { ...near, rule: { kind: 'constant', theta: 0.8 } } as PruningPage;
    expect(ids(borderlineFirst(constant))).toEqual([2, 3, 4, 5, 6, 7]);
  });
});

describe('a filter', () => {
  const with_ = (part: Partial<typeof NO_FILTER>, overrides: Overrides = new Map()) =>
    ids(filtered(rows, page, { ...NO_FILTER, ...part }, overrides));

  it('leaves what fits', () => {
    expect(with_({})).toHaveLength(6);
    expect(with_({ level: 'identical' })).toEqual([6, 7]);
    expect(with_({ cluster: '-1' })).toEqual([6]);
    expect(with_({ label: 'jazz' })).toEqual([3, 5]);
    expect(with_({ label: 'jazz', cluster: '0' })).toEqual([3]);
  });

  it('searches names and labels of both clips', () => {
    expect(with_({ search: ' émile ' })).toEqual([2]);
    expect(with_({ search: 'k0' })).toEqual([2, 3]);
    expect(with_({ search: '<b>' })).toEqual([5]);
    expect(with_({ search: 'nothing' })).toEqual([]);
  });

  it('knows what was decided, and what was lassoed by either end', () => {
    const overrides = decided(new Map(), 'r4', 'keep');
    expect(with_({ decision: 'decided' }, overrides)).toEqual([4]);
    expect(with_({ decision: 'undecided' }, overrides)).toEqual([2, 3, 5, 6, 7]);
    expect(ids(filtered(rows, page, { ...NO_FILTER, lasso: new Set([0, 5]) }, new Map()))).toEqual([2, 3, 5]);
  });
});

it('tags differ by clip', () => {
  const row = rows.find(({ clip }) => clip === 5)!;
  expect(labelDifference(page, row)).toEqual({ both: ['jazz'], onlyRemoved: ['<b>bold</b>'], onlyKept: ['rock'] });
});
