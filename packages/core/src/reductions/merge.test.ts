import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foundLists, mergeFoundLists, type NeighbourLists } from './nearest.ts';
import { emptyPairs, pushPair, sortedPairs } from './pairs.ts';
import { type NearestPass, type Pass, tasksOf } from './pass.ts';
import { emptyFindings, type Findings, mergeFindings, runPass } from './runPass.ts';
import type { InnerProducts } from './tiles.ts';

const COUNT = 45;
const order = Uint32Array.from({ length: COUNT }, (_, i) => (i * 7) % COUNT);
const size = { rows: 2, cols: 1 };
const whole = [{ start: 0, end: COUNT }];
const places = { order, halves: new Float32Array(COUNT), cap: Infinity };

/** A symmetric matrix of few values, so that many tie, and the tasks of a pass shared out among three threads. */
const shared = fc.record({
  values: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: COUNT * COUNT, maxLength: COUNT * COUNT }),
  thread: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 60 }),
  merging: fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 2, 0]),
});

type Shared = typeof shared extends fc.Arbitrary<infer T> ? T : never;

const valueAt = ({ values }: Shared, i: number, j: number) => values[Math.min(i, j) * COUNT + Math.max(i, j)]!;

function productsOf(input: Shared): InnerProducts {
  return {
    innerProducts: async (rows, cols, into) => {
      let at = 0;
      for (let i = rows.start; i < rows.end; i++) {
        for (let j = cols.start; j < cols.end; j++) into[at++] = valueAt(input, order[i]!, order[j]!);
      }
    },
    close: async () => {},
  };
}

/** What the threads find when each does its tasks, merged in the given order. */
async function merged<P extends Pass>(pass: P, input: Shared): Promise<Findings[P['kind']]> {
  const thresholds = new Float32Array(COUNT).fill(-Infinity);
  const found: Findings[P['kind']][] = [];
  for (const thread of [0, 1, 2]) {
    const mine = tasksOf(pass, size).flatMap((_, task) => (input.thread[task % 60] === thread ? [task] : []));
    const work = { next: () => mine.shift() ?? Infinity, pause: () => {}, done: () => {} };
    found.push(await runPass(pass, { products: productsOf(input), size, thresholds }, work));
  }
  const [first, ...others] = input.merging.map((thread) => structuredClone(found[thread]!));
  for (const other of others) mergeFindings<P['kind']>(pass.kind, first!, other);
  if (pass.kind === 'nearest') expect(sparselyMerged(pass, found as NeighbourLists[])).toEqual(first);
  return first!;
}

/** The same from lists without their empty rows and places. */
function sparselyMerged(pass: NearestPass, found: readonly NeighbourLists[]): NeighbourLists {
  const lists = emptyFindings(pass);
  for (const some of found) mergeFoundLists(lists, foundLists(some));
  return lists;
}

describe('what threads find merges in any order', () => {
  it('has many tasks to share out', () => {
    const pass: Pass = { kind: 'pairs', ...places, runs: whole, floor: new Float32Array(COUNT) };
    // Blocks of 8 × 4 from the diagonal to column 45: 12 for the first eight rows, 10 for the next, 8, 6, 4, 2.
    expect(tasksOf(pass, size).length).toBe(42);
  });

  it('to the same neighbours', async () => {
    const pass: Pass = {
      kind: 'nearest',
      ...places,
      k: 3,
      lists: COUNT,
      rows: COUNT,
    };
    await fc.assert(
      fc.asyncProperty(shared, async (input) => {
        const { indices } = await merged(pass, input);
        const expected = Array.from(order, (i) => {
          const others = Array.from({ length: COUNT }, (_, j) => j).filter((j) => j !== i);
          others.sort((a, b) => valueAt(input, i, b) - valueAt(input, i, a) || a - b);
          return others.slice(0, 3);
        });
        expect([...indices]).toEqual(expected.flat());
      }),
      { numRuns: 40 },
    );
  });

  it('to the same pairs', async () => {
    const floor = Float32Array.from(order, (i) => (i % 3) + 1);
    const pass: Pass = { kind: 'pairs', ...places, runs: whole, floor };
    await fc.assert(
      fc.asyncProperty(shared, async (input) => {
        const pairs = sortedPairs(await merged(pass, input), COUNT);
        const expected = [];
        for (let i = 0; i < COUNT; i++) {
          for (let j = i + 1; j < COUNT; j++) {
            const s = valueAt(input, i, j);
            if (s >= (i % 3) + 1 && s >= (j % 3) + 1) expected.push([i, j, s]);
          }
        }
        expect(Array.from(pairs.i, (i, at) => [i, pairs.j[at], pairs.similarity[at]])).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('to the same scores of the rows whose pairs were all looked at', async () => {
    const scale = Float64Array.from(order, (i) => 1 + (i % 2));
    const offset = Float64Array.from(order, (i) => i % 3);
    const bounds = { bins: 7, from: -0.5, to: 6.5, least: 3, most: COUNT ** 2, slack: 0 };
    // From the value 1 on pairs are listed, four fifths of them: with a third of the tasks some 260.
    const floors = new Float32Array(COUNT - 1).fill(1);
    const scoresOf = { score: { scale, offset }, ...bounds };
    const rooms = fc.constantFrom(60, 140, 180, 220, 260);
    const allRows = new Set<number>();
    await fc.assert(
      fc.asyncProperty(shared, rooms, async (input, most) => {
        const pass: Pass = { kind: 'along', ...places, rows: COUNT, floors, most, scores: scoresOf };
        const { rows, scores } = await merged(pass, input);
        allRows.add(rows);
        const expected = new Float64Array(bounds.bins);
        for (let row = 0; row < Math.min(rows, COUNT); row++) {
          for (let col = row + 1; col < COUNT; col++) {
            const score =
              valueAt(input, order[row]!, order[col]!) * (scale[row]! + scale[col]!) - offset[row]! - offset[col]!;
            expected[Math.max(0, Math.min(6, score))]! += 1;
          }
        }
        const counts = new Float64Array(bounds.bins);
        for (const [first, some] of scores!.countsFrom)
          if (first < rows) for (const [bin, count] of some.entries()) counts[bin]! += count;
        expect(counts).toEqual(expected);
      }),
      { numRuns: 40 },
    );
    expect([...allRows].some((rows) => rows > 0 && rows < COUNT)).toBe(true);
  });

  it('to the same histogram', async () => {
    const pass: Pass = {
      kind: 'histogram',
      ...places,
      runs: whole,
      groups: Int32Array.of(0),
      groupCount: 1,
      bins: 3,
      from: 0.5,
      to: 3.5,
    };
    await fc.assert(
      fc.asyncProperty(shared, async (input) => {
        const counts = await merged(pass, input);
        const upper = [];
        for (let i = 0; i < COUNT; i++) for (let j = i + 1; j < COUNT; j++) upper.push(valueAt(input, i, j));
        const [low, middle] = [upper.filter((s) => s < 1.5).length, upper.filter((s) => s > 1.5 && s < 2.5).length];
        expect([...counts]).toEqual([low, middle, upper.length - low - middle]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a list of pairs', () => {
  it('is empty once its pairs are sorted, whether it had room to spare or none', () => {
    for (const count of [1000, 1024, 1500]) {
      const list = emptyPairs();
      for (let at = 0; at < count; at++) pushPair(list, (7 * at) % count, count, at / 8);
      const { i, j, similarity } = sortedPairs(list, count + 1);
      expect([...i]).toEqual(Array.from({ length: count }, (_, point) => point));
      expect(new Set(j)).toEqual(new Set([count]));
      expect([...similarity].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at / 8));
      for (let at = 0; at < count; at++) expect(similarity[(7 * at) % count]).toBe(at / 8);
      expect(list.count).toBe(0);
      pushPair(list, 1, 0, 1);
      expect(sortedPairs(list, 2)).toEqual({
        i: Uint32Array.of(0),
        j: Uint32Array.of(1),
        similarity: Float32Array.of(1),
      });
    }
  });

  it('grows beyond the room that it starts with', () => {
    const list = emptyPairs();
    for (let j = 59; j > 0; j--) for (let i = 0; i < j; i++) pushPair(list, j, i, 1);
    const { i, j } = sortedPairs(list, 60);
    expect(i).toHaveLength((60 * 59) / 2);
    expect([i[0], j[0], i.at(-1), j.at(-1)]).toEqual([0, 1, 58, 59]);
  });
});
