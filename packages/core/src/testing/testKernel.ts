import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LoadedPoints, Measure, NearestQuery, Neighbours, Pairs, SimilarityKernel } from '../kernel.ts';
import { dot, type Matrix, sharedZeros, zeros } from '../matrix.ts';
import { measureCosines } from '../pruning/moments.ts';
import { type Random, seededRandom, shuffled } from '../random.ts';
import { closing } from './closing.ts';
import { plainKernel } from './plainKernel.ts';

/** How far a similarity of points of about unit length may be from the one computed in float64. */
const CLOSE = 1e-5;
const MEASURES = ['inner-product', 'euclidean'] as const;
/** Points × dimensions: sizes that fill no tile evenly. */
const SIZES = [
  [131, 1],
  [601, 3],
  [530, 64],
  [67, 513],
] as const;

/**
 * The contract of a similarity kernel as tests: every reduction against the plain loops of `plainKernel`, on random points (similarities within 1e-5)
 * and on points of small whole numbers, where all similarities are exact, so that ties and limits must be met to the letter.
 */
export function testKernel(create: () => SimilarityKernel | Promise<SimilarityKernel>): void {
  const loading = <T>(points: Matrix, measure: Measure, use: (loaded: LoadedPoints) => Promise<T>) =>
    closing(async () => (await create()).load(points, measure), use);

  /** What the kernel finds on the points, and what plain loops find. */
  const both = async <T>(points: Matrix, measure: Measure, find: (loaded: LoadedPoints) => Promise<T>) => {
    const expected = await find(await plainKernel().load(points, measure));
    return { found: await loading(points, measure, find), expected };
  };

  describe.each(MEASURES)('kernel contract, %s', (measure) => {
    it.each(SIZES)('computes tiles of %i × %i points within its tolerance', async (rows, cols) => {
      for (const scale of [1, 1000]) {
        const points = randomPoints(rows, cols, scale);
        await loading(points, measure, async (loaded) => {
          expect(loaded.count).toBe(rows);
          expect(loaded.tolerance).toBeLessThan(CLOSE * 10 * scale ** 2 * cols);
          const [r, c] = [
            { start: 3, end: 40 },
            { start: rows - 50, end: rows },
          ];
          const tile = await loaded.tile(r, c);
          expect(tile).toHaveLength(37 * 50);
          const far = tile.findIndex((s, at) => {
            const exact = similarity(points, measure, 3 + Math.floor(at / 50), rows - 50 + (at % 50));
            return !(Math.abs(s - exact) <= loaded.tolerance);
          });
          expect(far).toBe(-1);
        });
      }
    });

    it.each(SIZES)('finds the nearest of %i × %i points', async (rows, cols) => {
      const points = randomPoints(rows, cols, 1);
      const asked = queries(rows);
      const find = async (loaded: LoadedPoints) => {
        const lists: Neighbours[] = [];
        for (const query of asked) lists.push(await loaded.nearest(query));
        return lists;
      };
      const exact = exactSimilarities(points, measure);
      const expected = await once(`nearest of ${rows} × ${cols}, ${measure}`, async () =>
        find(await plainKernel().load(points, measure)),
      );
      const found = await loading(points, measure, find);
      for (const [at, query] of asked.entries())
        expect(faultsOfNearest(found[at]!, expected[at]!, query, exact, rows)).toEqual([]);
    });

    it('orders ties by index and keeps duplicates apart, also for queries at the same time', async () => {
      const points = wholePoints(150, 3);
      const asked = queries(150);
      const { found, expected } = await both(points, measure, (loaded) =>
        Promise.all(asked.map((query) => loaded.nearest(query))),
      );
      expect(found.map(unsigned)).toEqual(expected.map(unsigned));
    });

    it('takes points in memory that threads share', async () => {
      const points = wholePoints(150, 3);
      const shared = sharedZeros(points.rows, points.cols);
      shared.data.set(points.data);
      const { found, expected } = await both(shared, measure, (loaded) => loaded.nearest({ k: 4 }));
      expect(unsigned(found)).toEqual(unsigned(expected));
    });

    it('fills lists longer than the number of points with nothing', async () => {
      const { found, expected } = await both(wholePoints(4, 2), measure, (loaded) => loaded.nearest({ k: 6 }));
      expect(unsigned(found)).toEqual(unsigned(expected));
      expect([...found.indices.subarray(3, 6)]).toEqual([-1, -1, -1]);
      expect([...found.similarities.subarray(3, 6)]).toEqual([-Infinity, -Infinity, -Infinity]);
    });

    it('counts similarities inside groups', async () => {
      const random = seededRandom('groups');
      const groups = Int32Array.from({ length: 150 }, () => random.integer(5) - 1);
      const query = { groups, groupCount: 5, bins: 7, from: -6.5, to: 7.5 };
      const { found, expected } = await both(wholePoints(150, 3), measure, (loaded) => loaded.histogram(query));
      expect(found).toEqual(expected);
    });

    it.each([undefined, 4])('lists the pairs above both floors (groups: %s)', async (groupCount) => {
      const random = seededRandom('floors');
      const groups = groupCount && Int32Array.from({ length: 150 }, () => random.integer(groupCount + 1) - 1);
      const floor = Float32Array.from({ length: 150 }, () =>
        random.uniform() < 0.1 ? Infinity : random.integer(6) - 4,
      );
      const query = groups ? { floor, groups } : { floor };
      const { found, expected } = await both(wholePoints(150, 3), measure, (loaded) => loaded.pairsAbove(query));
      expect(expected.i.length).toBeGreaterThan(20);
      expect(unsigned(found)).toEqual(unsigned(expected));
    });

    it('counts scores, and lists the pairs whose score meets a condition', async () => {
      const points = wholePoints(150, 3);
      const random = seededRandom('scores');
      const whole = (least: number, count: number) => () => least + random.integer(count);
      const score = {
        scale: Float64Array.from({ length: 150 }, whole(1, 3)),
        offset: Float64Array.from({ length: 150 }, whole(-2, 5)),
      };
      const groups = Int32Array.from({ length: 150 }, () => random.integer(4) - 1);
      const count = { score, bins: 7, from: -6.5, to: 7.5, least: 3, most: 100_000 };
      const among = shuffled(random, 150).subarray(0, 140);
      const asked = { ...count, among };
      const onlyAmong = (some: Uint32Array) =>
        both(points, measure, (loaded) => loaded.scores({ ...asked, among: some }));
      const known = { among: among.subarray(20, 110), ...(await onlyAmong(among.subarray(20, 110))).expected };
      for (const more of [{}, { known }, { most: 10 }, { known, most: 10 }]) {
        const scores = await both(points, measure, (loaded) => loaded.scores({ ...asked, ...more }));
        expect(scores.found.counts).toEqual(scores.expected.counts);
        expect(scores.found.pairs && unsigned(scores.found.pairs)).toEqual(
          scores.expected.pairs && unsigned(scores.expected.pairs),
        );
      }
      // They may be counted on the way to others, and are the same then.
      const along = { order: among, floors: new Float32Array(139), scores: count };
      const onTheWay = await both(points, measure, (loaded) => loaded.pairsAlong(along));
      const counted = await both(points, measure, (loaded) => loaded.scores(asked));
      const { scores: ridden, ...pairs } = onTheWay.found;
      expect(unsigned(pairs)).toEqual(unsigned(onTheWay.expected));
      if (ridden !== undefined) expect(ridden).toEqual(counted.found);
      const placesOf = (pairs: Pairs) => Array.from(pairs.i, (i, at) => i * 150 + pairs.j[at]!);
      // Those of some rows are all but those of the others among themselves, also where too many pairs ended the search.
      const floors = new Float32Array(139).fill(-Infinity);
      for (const few of [{ rows: 90 }, { most: 5850, floors }]) {
        const some = await loading(points, measure, (loaded) => loaded.pairsAlong({ ...along, ...few }));
        if (some.scores === undefined) continue;
        const others = (await onlyAmong(among.subarray(some.rows))).expected;
        expect(some.scores.counts).toEqual(counted.expected.counts.map((all, bin) => all - others.counts[bin]!));
        const behind = new Set(placesOf(others.pairs!));
        const ofRows = placesOf(counted.expected.pairs!).filter((place) => !behind.has(place));
        expect(placesOf(some.scores.pairs!)).toEqual(ofRows);
      }
      const floor = Float32Array.from({ length: 150 }, whole(-4, 6));
      const query = { floor, groups, score: { ...score, least: -3 } };
      const { found, expected } = await both(points, measure, (loaded) => loaded.pairsAbove(query));
      expect(expected.i.length).toBeGreaterThan(20);
      expect(unsigned(found)).toEqual(unsigned(expected));
    });

    it('lists random pairs by their similarity', async () => {
      const points = randomPoints(530, 64, 1);
      const limit = measure === 'euclidean' ? -0.85 : 0.15;
      const find = (loaded: LoadedPoints) => loaded.pairsAbove({ floor: new Float32Array(530).fill(limit) });
      const expected = await once(`pairs of 530 × 64, ${measure}`, async () =>
        find(await plainKernel().load(points, measure)),
      );
      const found = await loading(points, measure, find);
      const exact = exactSimilarities(points, measure);
      const places = (pairs: Pairs) => Array.from(pairs.i, (i, at) => i * 530 + pairs.j[at]!);
      const listed = new Map(places(found).map((place, at) => [place, found.similarity[at]!]));
      expect([...listed].filter(([place, s]) => Math.abs(exact[place]! - s) > CLOSE)).toEqual([]);
      // Rounding may take a pair across the floor.
      const missing = places(expected).filter((place) => !listed.has(place) && exact[place]! > limit + CLOSE);
      expect(missing).toEqual([]);
      expect(listed.size).toBeGreaterThan(1000);
    });

    it.each([
      [150, 143],
      [600, 250],
    ])('lists the pairs near along an order of %i points, of the first %i', async (count, rows) => {
      const random = seededRandom('along');
      const order = shuffled(random, count).subarray(0, count - 7);
      const [none, few, some] = measure === 'euclidean' ? [1, 0, -1] : [13, 9, 7];
      const floors = Float32Array.from({ length: count - 8 }, () => {
        const draw = random.uniform();
        return draw < 0.02 ? some : draw < 0.1 ? few : none;
      });
      const find = (loaded: LoadedPoints) => loaded.pairsAlong({ order, floors, rows });
      const { found, expected } = await both(wholePoints(count, 3), measure, find);
      expect(expected.i.length).toBeGreaterThan(20);
      expect(unsigned(found)).toEqual(unsigned(expected));
    });

    it('lists all pairs along an order that there may be, or more, and says of how many rows these are all', async () => {
      await loading(wholePoints(200, 3), measure, async (loaded) => {
        const order = Uint32Array.from({ length: 200 }, (_, i) => 199 - i);
        const query = { order, floors: new Float32Array(199).fill(-Infinity) };
        const some = await loaded.pairsAlong({ ...query, most: 500 });
        expect(some.i.length).toBeGreaterThan(500);
        const isThere = new Set(Array.from(some.i, (i, at) => i * 200 + some.j[at]!));
        const missing: (readonly [row: number, j: number])[] = [];
        for (let row = 0; row < some.rows; row++) {
          for (let j = 0; j < 199 - row; j++) if (!isThere.has(j * 200 + 199 - row)) missing.push([row, j]);
        }
        expect(missing).toEqual([]);
        const all = await loaded.pairsAlong({ ...query, most: 19_900 });
        expect([all.i.length, all.rows]).toEqual([19_900, 200]);
        const none = { order, floors: new Float32Array(199).fill(Infinity) };
        expect((await loaded.pairsAlong(none)).i).toHaveLength(0);
      });
    });

    it('takes one point and none', async () => {
      for (const rows of [1, 0]) {
        await loading(wholePoints(rows, 3), measure, async (loaded) => {
          expect(loaded.count).toBe(rows);
          expect([...(await loaded.nearest({ k: 2 })).indices]).toEqual(new Array(rows * 2).fill(-1));
          const groups = new Int32Array(rows);
          expect([...(await loaded.histogram({ groups, groupCount: 1, bins: 2, from: 0, to: 1 }))]).toEqual([0, 0]);
          expect((await loaded.pairsAbove({ floor: new Float32Array(rows) })).i).toHaveLength(0);
          const order = new Uint32Array(rows);
          expect((await loaded.pairsAlong({ order, floors: new Float32Array(0) })).i).toHaveLength(0);
          expect(await loaded.tile({ start: 0, end: 0 }, { start: 0, end: rows })).toHaveLength(0);
        });
      }
    });

    it('stops when aborted, with the reason', async () => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await loading(wholePoints(20, 3), measure, async (loaded) => {
        await expect(loaded.nearest({ k: 1, signal })).rejects.toBe(reason);
        await expect(loaded.pairsAbove({ floor: new Float32Array(20), signal })).rejects.toBe(reason);
        const order = Uint32Array.from({ length: 20 }, (_, i) => i);
        const along = { order, floors: new Float32Array(19), signal };
        await expect(loaded.pairsAlong(along)).rejects.toBe(reason);
        const groups = new Int32Array(20);
        const query = { groups, groupCount: 1, bins: 2, from: 0, to: 1, signal };
        await expect(loaded.histogram(query)).rejects.toBe(reason);
      });
    });

    it('tells its progress, up to the end', async () => {
      await loading(wholePoints(40, 3), measure, async (loaded) => {
        const groups = new Int32Array(40);
        const ends = async (reduce: (onProgress: (share: number) => void) => Promise<unknown>) => {
          const shares: number[] = [];
          await reduce((share) => shares.push(share));
          expect(shares).toEqual(shares.toSorted((a, b) => a - b));
          return shares.at(-1);
        };
        expect(await ends((onProgress) => loaded.nearest({ k: 2, onProgress }))).toBe(1);
        expect(await ends((onProgress) => loaded.pairsAbove({ floor: new Float32Array(40), onProgress }))).toBe(1);
        const order = Uint32Array.from({ length: 40 }, (_, i) => i);
        const along = { order, floors: new Float32Array(39) };
        expect(await ends((onProgress) => loaded.pairsAlong({ ...along, onProgress }))).toBe(1);
        const bins = { groups, groupCount: 1, bins: 2, from: 0, to: 1 };
        expect(await ends((onProgress) => loaded.histogram({ ...bins, onProgress }))).toBe(1);
      });
    });
  });

  describe('kernel contract', () => {
    it('measures by inner products unless told otherwise', async () => {
      const loaded = await (await create()).load(wholePoints(9, 3));
      const points = wholePoints(9, 3);
      const tile = await loaded.tile({ start: 0, end: 9 }, { start: 0, end: 9 });
      await loaded.close();
      expect(Array.from(tile, (s) => s + 0)).toEqual(Array.from(exactSimilarities(points, 'inner-product')));
    });

    it('measures cosines as plain loops do, however rows come, where it has a way of its own', async () => {
      await closing(create, async ({ measureCosines: own }) => {
        if (own === undefined) return;
        for (const [count, dim] of [
          [1, 1],
          [601, 3],
          [1100, 65],
        ] as const) {
          const rows = randomPoints(count, dim, 1);
          for (let row = 0; row < count; row++) {
            const length = Math.sqrt(dot(rows, row, rows, row));
            for (let k = 0; k < dim; k++) rows.data[row * dim + k]! /= length;
          }
          async function* parts() {
            for (let start = 0; start < count; start += 270) {
              const end = Math.min(count, start + 270);
              const data = rows.data.subarray(start * dim, end * dim);
              yield { matrix: { data, rows: end - start, cols: dim }, start };
            }
          }
          const isIn = (row: number) => row % 7 !== 3;
          const [found, expected] = [await own(dim, parts, isIn), await measureCosines(dim, parts, isIn)];
          for (const name of ['means', 'deviations'] as const) {
            expect(found[name]).toHaveLength(count);
            expect(found[name].findIndex((value, i) => !(Math.abs(value - expected[name][i]!) < 1.5e-6))).toBe(-1);
          }
          expect(await own(dim, () => [{ matrix: rows, start: 0 }], isIn)).toEqual(found);
        }
      });
    });

    it('keeps no process alive once it is closed, however often, and starts again', async () => {
      const kernel = await create();
      const before = process.getActiveResourcesInfo();
      for (const _ of [1, 2]) {
        const loaded = await kernel.load(wholePoints(20, 3));
        expect((await loaded.nearest({ k: 2 })).indices).toHaveLength(40);
        await loaded.close();
        await kernel.close?.();
        await kernel.close?.();
      }
      expect(await lastingResources(before)).toEqual([]);
    });

    it('refuses points that are not finite and sizes that do not fit', async () => {
      const kernel = await create();
      const points = wholePoints(5, 3);
      points.data[7] = Number.NaN;
      await expect(async () => kernel.load(points)).rejects.toThrow(/row 2/i);
      await expect(async () => kernel.load({ ...wholePoints(5, 3), rows: 6 })).rejects.toThrow(/18.*15/);
    });
  });
}

/** What keeps the process alive beside `before`, after it has had a hundred turns of the event loop to go. */
async function lastingResources(before: readonly string[]): Promise<string[]> {
  for (let turn = 0; ; turn++) {
    const others = [...before];
    const lasting = process.getActiveResourcesInfo().filter((name) => {
      const at = others.indexOf(name);
      if (at >= 0) others.splice(at, 1);
      // The test runner's own timers and messages come and go.
      return at < 0 && !['Timeout', 'Immediate', 'PipeWrap'].includes(name);
    });
    if (lasting.length === 0 || turn === 100) return lasting;
    await setImmediate();
  }
}

/** Queries of every kind: all rows, some rows out of order, components, groups, all of these at once, and among some. */
function queries(count: number): NearestQuery[] {
  const random = seededRandom(`queries ${count}`);
  const rows = shuffled(random, count).subarray(0, Math.ceil(count / 3));
  const component = Int32Array.from({ length: count }, () => (random.uniform() < 0.6 ? 0 : random.integer(4)));
  const groups = Int32Array.from({ length: count }, () => random.integer(4) - 1);
  return [
    { k: 1 },
    { k: 7, rows },
    { k: 5, component },
    { k: 5, groups },
    { k: 6, rows, component, groups },
    { k: 3, among: rows.subarray(0, 9) },
    { k: 4, among: rows, component },
    { k: 2, rows: new Uint32Array(0) },
  ];
}

/** Points of about unit length around a few centres, times `scale`. */
function randomPoints(rows: number, cols: number, scale: number): Matrix {
  const random = seededRandom(`points ${rows} ${cols}`);
  const points = zeros(rows, cols);
  const centre = Float64Array.from({ length: 3 * cols }, () => spread(random, cols));
  for (let at = 0; at < points.data.length; at++) {
    const from = (Math.floor(at / cols) % 3) * cols + (at % cols);
    points.data[at] = scale * (centre[from]! + spread(random, cols)) * Math.SQRT1_2;
  }
  return points;
}

const spread = (random: Random, cols: number) => (random.uniform() * 2 - 1) * Math.sqrt(3 / cols);

/** Points of small whole numbers, among them many duplicates. */
function wholePoints(rows: number, cols: number): Matrix {
  const random = seededRandom(`whole ${rows}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.integer(5) - 2;
  return points;
}

function similarity(points: Matrix, measure: Measure, i: number, j: number): number {
  if (measure === 'inner-product') return dot(points, i, points, j);
  let sum = 0;
  for (let k = 0; k < points.cols; k++)
    sum += (points.data[i * points.cols + k]! - points.data[j * points.cols + k]!) ** 2;
  return sum === 0 ? 0 : -sum / 2;
}

function exactSimilarities(points: Matrix, measure: Measure): Float64Array {
  const { rows } = points;
  const exact = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) exact[i * rows + j] = exact[j * rows + i] = similarity(points, measure, i, j);
  }
  return exact;
}

const known = new Map<string, Promise<unknown>>();

/** What plain loops find, by a name for what is asked: once for all kernels and modes that are tested together, as it takes longer than they do. */
function once<T>(name: string, find: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? find();
  known.set(name, found);
  return found as Promise<T>;
}

/** The same with 0 for −0, which a kernel may give as well, and lists as text: to compare them number by number takes longer than the search. */
const unsigned = <T extends Neighbours | Pairs>(found: T) =>
  Object.fromEntries(
    Object.entries(found).map(([name, values]) => [
      name,
      typeof values === 'number' ? values : `${values.constructor.name} ${values.map((value: number) => value + 0)}`,
    ]),
  );

const isAllowed = ({ component, groups, among }: NearestQuery, i: number, j: number) =>
  i !== j &&
  component?.[i] !== (component?.[j] ?? -1) &&
  (groups === undefined || groups[i] === groups[j]) &&
  (among === undefined || among.includes(i) || among.includes(j));

/**
 * Random points have near ties that rounding may swap, so places are compared by similarity, and indices by what they are worth.
 * Faults are collected: an assertion for every number would take most of the suite's time.
 */
function faultsOfNearest(
  found: Neighbours,
  expected: Neighbours,
  query: NearestQuery,
  exact: Float64Array,
  count: number,
): string[] {
  const { k, rows } = query;
  if (found.indices.length !== expected.indices.length) return [`${found.indices.length} indices`];
  const faults: string[] = [];
  for (let row = 0; row * k < expected.indices.length; row++) {
    const i = rows?.[row] ?? row;
    const named = found.indices.subarray(row * k, row * k + k).filter((j) => j >= 0);
    if (new Set(named).size < named.length) faults.push(`a point twice in the list of ${i}`);
    for (let at = row * k; at < row * k + k; at++) {
      const j = found.indices[at]!;
      const s = found.similarities[at]!;
      if (j < 0 || expected.indices[at]! < 0) {
        if (j !== expected.indices[at] || s !== -Infinity)
          faults.push(`${i}: ${j} where ${expected.indices[at]} belongs`);
      } else if (!isAllowed(query, i, j)) faults.push(`${i}: ${j} is not allowed`);
      else if (!(Math.abs(s - exact[i * count + j]!) < CLOSE)) faults.push(`${i}: ${j} is not at ${s}`);
      else if (!(Math.abs(s - expected.similarities[at]!) < CLOSE)) faults.push(`${i}: ${s} is not next`);
    }
  }
  return faults;
}
