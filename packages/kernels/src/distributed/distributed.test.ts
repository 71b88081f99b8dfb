import {
  type ContentStore,
  type Executor,
  type LoadedPoints,
  type Matrix,
  quietHost,
  seededRandom,
  zeros,
} from '@refrain/core';
import { type ExecutorHabits, memoryStore, plainExecutor, testKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { CpuKernel } from '../cpu/cpu.ts';
import { DistributedKernel } from './distributed.ts';
import { similarities } from './similarities.ts';

const host = quietHost();

function sharing(habits: ExecutorHabits = {}, store = memoryStore()) {
  return { executor: plainExecutor(similarities, { host, store }, habits), store, host };
}

testKernel(() => new DistributedKernel({ shareFrom: 0 }, sharing()));

function randomPoints(rows: number, cols: number): Matrix {
  const random = seededRandom(`${rows} ${cols}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() - 0.5;
  return points;
}

// Three rows of tasks, the last of them of few points, and tiles that end in the middle.
const COUNT = 4427;
const points = randomPoints(COUNT, 19);

/** Answers to queries of every kind, as bytes. */
async function answers(loaded: LoadedPoints): Promise<Buffer[]> {
  const random = seededRandom('questions');
  const whole = (least: number, count: number) => () => least + random.integer(count);
  const rows = Uint32Array.from({ length: 2500 }, (_, i) => (i * 7) % COUNT);
  const component = Int32Array.from({ length: COUNT }, whole(0, 3));
  const groups = Int32Array.from({ length: COUNT }, () => (random.uniform() < 0.8 ? 0 : random.integer(4) - 1));
  const score = {
    scale: Float64Array.from({ length: COUNT }, whole(1, 3)),
    offset: Float64Array.from({ length: COUNT }, whole(-2, 4)),
  };
  const floor = Float32Array.from({ length: COUNT }, () => -0.45 - random.uniform() / 10);
  const bins = { groups, groupCount: 4, bins: 50, from: -4, to: 0 };
  const count = { score, bins: 50, from: -4, to: 0, least: -1, most: 1e6 };
  const scores = await loaded.scores({ ...count, among: rows });
  const known = { ...scores, among: rows };
  const among = Uint32Array.from({ length: COUNT }, (_, i) => i);
  const together = await loaded.scores({ ...count, among, known });
  const along = await loaded.pairsAlong({ order: rows, floors: floor.subarray(0, 2499), rows: 2100 });
  const found = [
    await loaded.nearest({ k: 9 }),
    await loaded.nearest({ k: 3, rows, component }),
    await loaded.nearest({ k: 3, groups }),
    await loaded.nearest({ k: 2, among: rows.subarray(0, 20) }),
    { counts: await loaded.histogram(bins) },
    { counts: scores.counts },
    { counts: together.counts },
    scores.pairs!,
    await loaded.pairsAbove({ floor }),
    { i: along.i, j: along.j, similarity: along.similarity },
    await loaded.pairsAbove({ floor, groups, score: { ...score, least: -2 } }),
  ];
  return found.flatMap((answer) =>
    (Object.values(answer) as Float64Array[]).map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    ),
  );
}

describe('what is found', () => {
  const expected = new CpuKernel().load(points, 'euclidean').then(answers);

  it.each<ExecutorHabits>([{}, { order: 'backwards', isDoneTwice: true }, { diesOnce: true }])(
    'is what the kernel cpu finds, bit for bit, and nothing is left: %j',
    async (habits) => {
      const shared = sharing(habits);
      const loaded = await new DistributedKernel({ shareFrom: 0 }, shared).load(points, 'euclidean');
      const found = await answers(loaded);
      for (const [at, bytes] of (await expected).entries()) {
        expect(bytes.length).toBeGreaterThan(100);
        expect(found[at]!.equals(bytes), `answer ${at}`).toBe(true);
      }
      // The points, for another search, and what each of two workers died with.
      expect(shared.store.size).toBeLessThanOrEqual(habits.diesOnce ? 3 : 1);
      await loaded.close();
      expect(shared.store.size).toBe(0);
    },
  );

  it('is found by one run of jobs, and by none where searches are small', async () => {
    for (const [shareFrom, runs] of [
      [0, 1],
      [8, 0],
    ] as const) {
      const shared = sharing();
      let begun = 0;
      const executor: Executor = {
        ...shared.executor,
        run: (...given) => {
          begun++;
          return shared.executor.run(...given);
        },
      };
      const loaded = await new DistributedKernel({ shareFrom }, { ...shared, executor }).load(points);
      for (const k of [1, 2]) await loaded.nearest({ k });
      await loaded.close();
      expect([begun, shared.store.size]).toEqual([runs, 0]);
    }
  });
});

describe('a search', () => {
  it('along an order ends where there are too many pairs', async () => {
    const shared = sharing();
    const loaded = await new DistributedKernel({ shareFrom: 0 }, shared).load(points);
    const order = Uint32Array.from({ length: COUNT }, (_, i) => i);
    const query = { order, floors: new Float32Array(COUNT - 1).fill(0.9) };
    const all = await loaded.pairsAlong(query);
    expect(all.rows).toBe(COUNT);
    const few = await loaded.pairsAlong({ ...query, most: all.i.length >> 2 });
    expect(few.i.length).toBeGreaterThan(all.i.length >> 2);
    expect(few.rows).toBeLessThan(COUNT);
    // Of the first rows, all pairs.
    const pairsOf = ({ i }: typeof all) => i.filter((point) => point < few.rows).length;
    expect(pairsOf(few)).toBe(pairsOf(all));
    await loaded.close();
    expect(shared.store.size).toBe(0);
  });

  it('can be given up in the middle, and the next one is right', async () => {
    const shared = sharing();
    const loaded = await new DistributedKernel({ shareFrom: 0 }, shared).load(points);
    const reason = new Error('enough');
    const control = new AbortController();
    const shares: number[] = [];
    const onProgress = (share: number) => {
      shares.push(share);
      control.abort(reason);
    };
    await expect(loaded.nearest({ k: 1, signal: control.signal, onProgress })).rejects.toBe(reason);
    expect(shares[0]).toBeLessThan(1);
    const found = await loaded.nearest({ k: 2 });
    const plain = await new CpuKernel().load(points);
    expect(found).toEqual(await plain.nearest({ k: 2 }));
    await loaded.close();
    expect(shared.store.size).toBe(0);
  });

  it('fails with the reason of a job that failed', async () => {
    const shared = sharing();
    const broken: ContentStore = {
      ...shared.store,
      aside: (name) => ({ ...shared.store.aside(name), get: () => Promise.reject(new Error('no shared folder')) }),
    };
    const loaded = await new DistributedKernel({ shareFrom: 0 }, { ...shared, store: broken }).load(points);
    await expect(loaded.nearest({ k: 1 })).rejects.toThrow('no shared folder');
    await loaded.close();
    expect(shared.store.size).toBe(0);
  });

  it('fails where a worker multiplies otherwise, and so does the next', async () => {
    const store = memoryStore();
    const other: typeof similarities = {
      ...similarities,
      open: async (...given) => ({ ...(await similarities.open(...given)), has: {} }),
    };
    const executor = plainExecutor(other, { host, store });
    const loaded = await new DistributedKernel({ shareFrom: 0 }, { executor, store, host }).load(points);
    for (const k of [1, 2]) await expect(loaded.nearest({ k })).rejects.toThrow('rounding of matrix products');
    await loaded.close();
    expect(store.size).toBe(0);
  });
});
