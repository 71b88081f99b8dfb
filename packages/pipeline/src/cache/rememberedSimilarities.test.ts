import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type HistogramQuery,
  type LoadedPoints,
  type Matrix,
  type Measure,
  type Pairs,
  type PairsQuery,
  type SimilarityKernel,
  seededRandom,
  zeros,
} from '@refrain/core';
import { plainKernel, testKernel } from '@refrain/core/testing';
import { CpuKernel } from '@refrain/kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rememberingKernel, SIMILARITY_LIMITS } from './rememberedSimilarities.ts';

const EVERYTHING = { ...SIMILARITY_LIMITS, fewestPoints: 0 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'refrain-similarities-'));
});
afterAll(() => rm(root, { recursive: true }));

const freshFolder = () => mkdtemp(join(root, 'cache-'));
const noNotice = (message: string) => expect.unreachable(message);

/** A kernel that counts what is asked of it. */
function counting(kernel: SimilarityKernel): { kernel: SimilarityKernel; passes: number } {
  const counted = {
    passes: 0,
    kernel: {
      name: kernel.name,
      load: async (points: Matrix, measure?: Measure): Promise<LoadedPoints> => {
        const loaded = await kernel.load(points, measure);
        return {
          count: loaded.count,
          tolerance: loaded.tolerance,
          tile: (rows, cols) => loaded.tile(rows, cols),
          nearest: (query) => loaded.nearest(query),
          histogram: (query) => {
            counted.passes++;
            return loaded.histogram(query);
          },
          scores: (query) => {
            counted.passes++;
            return loaded.scores(query);
          },
          pairsAbove: (query) => {
            counted.passes++;
            return loaded.pairsAbove(query);
          },
          pairsAlong: (query) => loaded.pairsAlong(query),
          close: () => loaded.close(),
        };
      },
    },
  };
  return counted;
}

/** Points of about unit length, a third of them near each other. */
function randomPoints(rows: number, cols: number, seed: number): Matrix {
  const random = seededRandom(`points ${seed}`);
  const points = zeros(rows, cols);
  const centre = Float64Array.from({ length: cols }, () => random.uniform() - 0.5);
  for (let at = 0; at < points.data.length; at++) {
    const own = random.uniform() - 0.5;
    const isNear = Math.floor(at / cols) % 3 === 0;
    points.data[at] = Math.sqrt(12 / cols) * (isNear ? 0.9 * centre[at % cols]! + 0.3 * own : own);
  }
  return points;
}

const bins = (groups: Int32Array): HistogramQuery => ({ groups, groupCount: 3, bins: 16, from: -1, to: 1 });

/** What is asked in these tests, from one load. */
async function ask(kernel: SimilarityKernel, points: Matrix, queries: readonly PairsQuery[]) {
  const loaded = await kernel.load(points);
  const groups = Int32Array.from({ length: points.rows }, (_, i) => i % 3);
  const found = [await loaded.histogram(bins(groups)), ...(await inTurn(queries, (query) => loaded.pairsAbove(query)))];
  await loaded.close();
  return { found, tolerance: loaded.tolerance };
}

async function inTurn<A, B>(items: readonly A[], each: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (const item of items) results.push(await each(item));
  return results;
}

const flat = (count: number, floor: number): PairsQuery => ({ floor: new Float32Array(count).fill(floor) });

describe('a kernel that remembers', () => {
  const folder = (async () => mkdtemp(join(tmpdir(), 'refrain-remembered-')))();
  afterAll(async () => rm(await folder, { recursive: true }));
  // All answers of the second round are those of the first, from files.
  for (const round of ['at first', 'with a full store']) {
    describe(round, () =>
      testKernel(async () => rememberingKernel(new CpuKernel(), await folder, noNotice, EVERYTHING)),
    );
  }
});

describe('what is asked again', () => {
  const points = randomPoints(80, 64, 1);
  const queries = [flat(80, 0.1), flat(80, 0.3), { ...flat(80, 0.1), groups: new Int32Array(80) }];

  it('is not computed again in a later run, and is the kernel’s own, bit for bit', async () => {
    for (const cols of [512, 40, 3]) {
      const some = randomPoints(120, cols, cols);
      const asked = [
        flat(120, 0.1),
        flat(120, 0.3),
        { ...flat(120, 0.1), groups: Int32Array.from({ length: 120 }, (_, i) => (i % 4) - 1) },
      ];
      const folder = await freshFolder();
      const [first, second] = [counting(new CpuKernel()), counting(new CpuKernel())];
      const expected = await ask(new CpuKernel(), some, asked);
      expect((expected.found[1] as Pairs).i.length).toBeGreaterThan(100);
      for (const { kernel } of [first, second]) {
        expect(await ask(rememberingKernel(kernel, folder, noNotice, EVERYTHING), some, asked)).toStrictEqual(expected);
      }
      expect([first.passes, second.passes]).toEqual([4, 0]);
    }
  });

  it('is computed for each floor and group', async () => {
    const counted = counting(new CpuKernel());
    const kernel = rememberingKernel(counted.kernel, await freshFolder(), noNotice, EVERYTHING);
    const loaded = await kernel.load(points);
    const floor = flat(80, 0.1).floor;
    const groups = new Int32Array(80);
    for (const query of [
      { floor },
      { floor: floor.with(7, 0.2) },
      { floor, groups },
      { floor, groups: groups.with(9, 1) },
    ]) {
      const plain = await new CpuKernel().load(points);
      expect(await loaded.pairsAbove(query)).toStrictEqual(await plain.pairsAbove(query));
    }
    expect(counted.passes).toBe(4);
  });

  it('tells its progress to the end and stops when aborted', async () => {
    const kernel = rememberingKernel(new CpuKernel(), await freshFolder(), noNotice, EVERYTHING);
    await ask(kernel, points, queries);
    const loaded = await kernel.load(points);
    const groups = Int32Array.from({ length: 80 }, (_, i) => i % 3);
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    await loaded.histogram({ ...bins(groups), onProgress });
    await loaded.pairsAbove({ ...flat(80, 0.3), onProgress });
    expect(shares).toEqual([1, 1]);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(loaded.histogram({ ...bins(groups), signal })).rejects.toBe(reason);
    await expect(loaded.pairsAbove({ ...flat(80, 0.3), signal })).rejects.toBe(reason);
    await loaded.close();
  });

  it('is computed for each kernel, measure, and shape of the points', async () => {
    const folder = await freshFolder();
    const [plain, cpu] = [counting(plainKernel()), counting(new CpuKernel())];
    const loaded: LoadedPoints[] = [];
    for (const { kernel } of [plain, cpu]) {
      const own = rememberingKernel(kernel, folder, noNotice, EVERYTHING);
      loaded.push(await own.load(points), await own.load(points, 'euclidean'));
      loaded.push(await own.load({ data: points.data, rows: 40, cols: 128 }));
    }
    for (const one of loaded) await one.pairsAbove(flat(one.count, -1));
    expect([plain.passes, cpu.passes]).toEqual([3, 3]);
    const files = (await readdir(folder)).map((name) => name.split('.').at(-1));
    expect(files).toEqual(Array(6).fill('pairs'));
  });

  it('is not asked of points that are not finite', async () => {
    const folder = await freshFolder();
    const kernel = rememberingKernel(new CpuKernel(), folder, noNotice, EVERYTHING);
    await ask(kernel, points, queries);
    const bad = { ...points, data: points.data.with(64 * 7, Number.NaN) };
    await expect(kernel.load(bad)).rejects.toThrow(/row 7/i);
    await expect(kernel.load({ ...points, rows: 81 })).rejects.toThrow(/5184.*5120/);
  });

  it('is refused by the kernel where it does not fit the points', async () => {
    const kernel = rememberingKernel(new CpuKernel(), await freshFolder(), noNotice, EVERYTHING);
    await ask(kernel, points, queries);
    const loaded = await kernel.load(points);
    await expect(loaded.pairsAbove(flat(79, 0.1))).rejects.toThrow(/80 points, got 79/);
    await expect(loaded.histogram(bins(new Int32Array(80).fill(3)))).rejects.toThrow(/got 3/);
    await loaded.close();
  });
});

describe('a kernel that vouches for another tolerance than before', () => {
  it('is asked anew', async () => {
    const points = randomPoints(60, 64, 6);
    const folder = await freshFolder();
    const passes = async (factor: number) => {
      const counted = counting({
        name: 'plain',
        load: async (some, measure) => {
          const loaded = await plainKernel().load(some, measure);
          // Not for the matrix that the kernel is tried out with, or it would count as another kernel.
          return Object.assign(loaded, { tolerance: (some.rows < 30 ? 1 : factor) * loaded.tolerance });
        },
      });
      await ask(rememberingKernel(counted.kernel, folder, noNotice, EVERYTHING), points, [flat(60, 0.1)]);
      return counted.passes;
    };
    expect([await passes(1), await passes(1), await passes(2)]).toEqual([2, 0, 2]);
  });
});

describe('a damaged file', () => {
  const points = randomPoints(60, 64, 2);
  const queries = [flat(60, 0.1)];
  const damages: Readonly<Record<string, (path: string, bytes: Buffer) => Promise<void>>> = {
    'cut short': (path, bytes) => truncate(path, bytes.length - 4),
    emptied: (path) => truncate(path, 0),
    'too long': (path, bytes) => writeFile(path, Buffer.concat([bytes, bytes.subarray(0, 4)])),
    'of another version': (path, bytes) => writeFile(path, bytes.with(4, 9)),
    'changed in its last number': (path, bytes) => writeFile(path, bytes.with(-4, bytes.at(-4)! ^ 1)),
    'changed in its head': (path, bytes) => writeFile(path, bytes.with(41, bytes[41]! ^ 1)),
  };

  for (const [damage, inflict] of Object.entries(damages)) {
    it(`${damage} is told once, computed anew and mended`, async () => {
      const folder = await freshFolder();
      const expected = await ask(new CpuKernel(), points, queries);
      await ask(rememberingKernel(new CpuKernel(), folder, noNotice, EVERYTHING), points, queries);
      const names = await readdir(folder);
      expect(names).toHaveLength(2);
      for (const name of names) await inflict(join(folder, name), await readFile(join(folder, name)));
      const notices: string[] = [];
      const kernel = rememberingKernel(new CpuKernel(), folder, (message) => notices.push(message), EVERYTHING);
      for (let time = 0; time < 2; time++) expect(await ask(kernel, points, queries)).toStrictEqual(expected);
      expect(notices).toHaveLength(2);
      for (const name of names)
        expect(notices.join('\n')).toContain(`${join(folder, name)}, similarities of an earlier run, is damaged`);
      const mended = counting(new CpuKernel());
      expect(await ask(rememberingKernel(mended.kernel, folder, noNotice, EVERYTHING), points, queries)).toStrictEqual(
        expected,
      );
      expect(mended.passes).toBe(0);
    });
  }

  it('with the answer to another question is not believed', async () => {
    const folder = await freshFolder();
    const kernel = rememberingKernel(new CpuKernel(), folder, noNotice, EVERYTHING);
    await ask(kernel, points, []);
    const name = (await readdir(folder)).find((one) => one.endsWith('.histogram'))!;
    const other = randomPoints(60, 64, 3);
    await ask(kernel, other, []);
    const otherName = (await readdir(folder)).find((one) => one.endsWith('.histogram') && one !== name)!;
    await writeFile(join(folder, otherName), await readFile(join(folder, name)));
    const notices: string[] = [];
    const again = rememberingKernel(new CpuKernel(), folder, (message) => notices.push(message), EVERYTHING);
    expect(await ask(again, other, [])).toStrictEqual(await ask(new CpuKernel(), other, []));
    expect(notices).toEqual([expect.stringContaining('another question')]);
  });
});

describe('a folder that cannot be used', () => {
  const points = randomPoints(60, 64, 4);
  const queries = [flat(60, 0.1), flat(60, 0.05)];

  it('is told once, and the results are those of the kernel', async () => {
    const file = join(await freshFolder(), 'file');
    await writeFile(file, '');
    const notices: string[] = [];
    const kernel = rememberingKernel(
      new CpuKernel(),
      join(file, 'inside'),
      (message) => notices.push(message),
      EVERYTHING,
    );
    const expected = await ask(new CpuKernel(), points, queries);
    for (let time = 0; time < 2; time++) expect(await ask(kernel, points, queries)).toStrictEqual(expected);
    expect(notices.filter((notice) => notice.startsWith('Similarities are not kept for later runs'))).toHaveLength(1);
    expect(new Set(notices).size).toBe(notices.length);
  });

  it.skipIf(process.getuid?.() === 0)('may be read-only (skipped for root, who may write anywhere)', async () => {
    const folder = await freshFolder();
    await ask(rememberingKernel(new CpuKernel(), folder, noNotice, EVERYTHING), points, queries);
    await chmod(folder, 0o500);
    const notices: string[] = [];
    const kernel = rememberingKernel(new CpuKernel(), folder, (message) => notices.push(message), EVERYTHING);
    expect(await ask(kernel, points, [...queries, flat(60, 0)])).toStrictEqual(
      await ask(new CpuKernel(), points, [...queries, flat(60, 0)]),
    );
    expect(notices).toEqual([expect.stringMatching(/not kept for later runs.*EACCES/)]);
    await chmod(folder, 0o700);
  });
});

describe('the store', () => {
  const points = randomPoints(60, 64, 5);
  const sizes = async (folder: string) =>
    Object.fromEntries(
      await inTurn((await readdir(folder)).toSorted(), async (name) => [name, (await stat(join(folder, name))).size]),
    ) as Record<string, number>;

  it('keeps no answer above its limit', async () => {
    const folder = await freshFolder();
    // 60 points have 1770 pairs of 12 bytes.
    const limits = { ...EVERYTHING, bytesPerAnswer: 1770 * 12 - 1 };
    const loaded = await rememberingKernel(new CpuKernel(), folder, noNotice, limits).load(points);
    expect((await loaded.pairsAbove(flat(60, -9))).i).toHaveLength(1770);
    expect((await readdir(folder)).filter((name) => name.endsWith('.pairs'))).toEqual([]);
    await loaded.close();
  });

  it('removes the oldest files when it is full, and nobody else’s', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'mine.txt'), 'not a result');
    const query = async (at: number, bytes: number) => {
      const kernel = rememberingKernel(new CpuKernel(), folder, noNotice, { ...EVERYTHING, bytes });
      const loaded = await kernel.load(points);
      await loaded.pairsAbove({ floor: new Float32Array(60).fill(-9), groups: new Int32Array(60).fill(-1, 0, at) });
      await loaded.close();
    };
    await query(1, 1e9);
    const before = Object.keys(await sizes(folder)).filter((name) => name.endsWith('.pairs'));
    await utimes(join(folder, before[0]!), 1, 1);
    const bytes = Object.values(await sizes(folder)).reduce((sum, size) => sum + size, 0);
    await query(2, bytes);
    const after = Object.keys(await sizes(folder));
    expect(after.filter((name) => name.endsWith('.pairs'))).toHaveLength(1);
    expect(after).not.toContain(before[0]);
    expect(after).toContain('mine.txt');
  });
});
