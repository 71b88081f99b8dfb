import { describe, expect, it } from 'vitest';
import type { LoadedPoints, Measure, Pairs } from '../kernel.ts';
import { plainKernel } from './plainKernel.ts';
import { testKernel } from './testKernel.ts';

testKernel(plainKernel);

// What the suite compares other kernels with, so it has to be right by hand: inner products
//        a    b    c    d        and −|x − y|² / 2       a     b     c     d
//   a    0    0    0    0                           a    0  −0.5    −2    −1
//   b    0    1    0    1                           b           0  −2.5  −0.5
//   c    0    0    4    2                           c                 0    −1
//   d    0    1    2    2                           d                       0
const POINTS = { data: Float32Array.of(0, 0, 1, 0, 0, 2, 1, 1), rows: 4, cols: 2 };
const load = (measure: Measure): Promise<LoadedPoints> => Promise.resolve(plainKernel().load(POINTS, measure));

describe('plain loops, by hand', () => {
  it('find the nearest, ties by index', async () => {
    const inner = await (await load('inner-product')).nearest({ k: 2 });
    expect([...inner.indices]).toEqual([1, 2, 3, 0, 3, 0, 2, 1]);
    expect([...inner.similarities]).toEqual([0, 0, 1, 0, 2, 0, 2, 1]);
    const euclidean = await (await load('euclidean')).nearest({ k: 2 });
    expect([...euclidean.indices]).toEqual([1, 3, 0, 3, 3, 0, 1, 0]);
    expect([...euclidean.similarities]).toEqual([-0.5, -1, -0.5, -0.5, -1, -2, -0.5, -1]);
  });

  it('pass over points of the same component or another group, or where neither is among those asked for', async () => {
    const points = await load('inner-product');
    const component = Int32Array.of(0, 0, 1, 1);
    const outside = await points.nearest({ k: 3, rows: Uint32Array.of(3, 0), component });
    expect([...outside.indices]).toEqual([1, 0, -1, 2, 3, -1]);
    expect([...outside.similarities]).toEqual([1, 0, -Infinity, 0, 0, -Infinity]);
    const inside = await points.nearest({ k: 2, groups: Int32Array.of(1, 0, 1, -1) });
    expect([...inside.indices]).toEqual([2, -1, -1, -1, 0, -1, -1, -1]);
    const among = await points.nearest({ k: 2, among: Uint32Array.of(1) });
    expect([...among.indices]).toEqual([1, -1, 3, 0, 1, -1, 1, -1]);
  });

  it('count similarities inside groups, those outside the bins at the ends', async () => {
    const points = await load('inner-product');
    const bins = { groupCount: 2, bins: 2, from: 0.5, to: 2.5 };
    // Pairs b–c, b–d and c–d in group 1: 0, 1 and 2.
    const counts = await points.histogram({ groups: Int32Array.of(-1, 1, 1, 1), ...bins });
    expect([...counts]).toEqual([0, 0, 2, 1]);
  });

  it('list the pairs above the floors of both', async () => {
    const points = await load('inner-product');
    const all = await points.pairsAbove({ floor: Float32Array.of(0, 0, 0, 1) });
    expect([...all.i]).toEqual([0, 0, 1, 1, 2]);
    expect([...all.j]).toEqual([1, 2, 2, 3, 3]);
    expect([...all.similarity]).toEqual([0, 0, 0, 1, 2]);
    const inside = await points.pairsAbove({ floor: new Float32Array(4), groups: Int32Array.of(-1, 0, 1, 1) });
    expect([inside.i, inside.j].map((list) => [...list])).toEqual([[2], [3]]);
  });

  it('list the pairs along an order that reach all floors between them', async () => {
    const points = await load('inner-product');
    // In the order d, c, a, b: d–c 2, d–a 0, d–b 1, c–a 0, c–b 0, a–b 0.
    const query = { order: Uint32Array.of(3, 2, 0, 1), floors: Float32Array.of(2, 1, 0) };
    const found = await points.pairsAlong(query);
    expect([found.i, found.j].map((list) => [...list])).toEqual([
      [0, 1, 1, 2],
      [1, 2, 3, 3],
    ]);
    const first = await points.pairsAlong({ ...query, rows: 1 });
    expect([...first.similarity]).toEqual([1, 2]);
    const some = { order: Uint32Array.of(3, 1), floors: Float32Array.of(1.5) };
    expect((await points.pairsAlong(some)).i).toHaveLength(0);
  });

  it('count scores, and list pairs by them', async () => {
    const points = await load('inner-product');
    // s·(scale + scale) − offset − offset: a–b −1, a–c 0, a–d 0, b–c −1, b–d 2, c–d 6.
    const score = { scale: Float64Array.of(1, 1, 1, 2), offset: Float64Array.of(0, 1, 0, 0) };
    const bins = { score, bins: 3, from: -1.5, to: 7.5, least: 2, most: 2 };
    const places = (found: Pairs | undefined) => found && [found.i, found.j].map((list) => [...list]);
    const scores = await points.scores({ ...bins, among: Uint32Array.of(3, 1, 0, 2) });
    expect([...scores.counts]).toEqual([4, 1, 1]);
    expect(places(scores.pairs)).toEqual([
      [1, 2],
      [3, 3],
    ]);
    const some = await points.scores({ ...bins, among: Uint32Array.of(3, 1, 0), most: 0 });
    expect([...some.counts]).toEqual([2, 1, 0]);
    expect(some.pairs).toBeUndefined();
    const found = await points.pairsAbove({ floor: new Float32Array(4), score: { ...score, least: 2 } });
    expect(places(found)).toEqual(places(scores.pairs));
  });
});
