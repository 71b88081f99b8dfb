import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLists, mergeLists, scanNearest } from './neighbourLists.ts';
import { emptyPairs, mergePairs, scanPairs, sortedPairs } from './pairList.ts';
import { mergeHistogram, scanHistogram } from './similarityHistogram.ts';
import type { Tile } from './tiles.ts';

const COUNT = 12;
const whole = { start: 0, end: COUNT };
const order = Uint32Array.from({ length: COUNT }, (_, i) => i);
const context = { order, component: undefined, ceiling: new Float32Array(COUNT).fill(Infinity) };

/** A symmetric matrix of few values, so that many tie, and its rows shared out among workers. */
const shared = fc.record({
  values: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: COUNT * COUNT, maxLength: COUNT * COUNT }),
  worker: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: COUNT, maxLength: COUNT }),
});

function tileOf(values: readonly number[], row: number): Tile {
  return {
    rows: { start: row, end: row + 1 },
    cols: whole,
    values: Float32Array.from({ length: COUNT }, (_, j) => values[Math.min(row, j) * COUNT + Math.max(row, j)]!),
  };
}

/** What the workers find when each scans its rows, merged in the given order; the last argument is the state of a worker. */
function merged<State>(
  { values, worker }: { values: number[]; worker: number[] },
  merging: readonly number[],
  empty: () => State,
  scan: (tile: Tile, state: State) => void,
  merge: (state: State, other: State) => void,
): State {
  const states = [0, 1, 2].map(() => empty());
  worker.forEach((one, row) => {
    scan(tileOf(values, row), states[one]!);
  });
  const result = empty();
  for (const one of merging) merge(result, states[one]!);
  return result;
}

describe('what workers find merges in any order', () => {
  const orders = fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 2, 0]);

  it('to the same neighbours', () => {
    fc.assert(
      fc.property(shared, orders, (input, merging) => {
        const lists = emptyLists(COUNT, 3);
        input.worker.forEach((_, row) => {
          scanNearest(tileOf(input.values, row), context, lists);
        });
        const scan = (tile: Tile, state: typeof lists) => scanNearest(tile, context, state);
        expect(merged(input, merging, () => emptyLists(COUNT, 3), scan, mergeLists)).toEqual(lists);
      }),
    );
  });

  it('to the same pairs', () => {
    fc.assert(
      fc.property(shared, orders, (input, merging) => {
        const floor = Float32Array.from(order, (i) => (i % 3) + 1);
        const scan = (tile: Tile, state: ReturnType<typeof emptyPairs>) => scanPairs(tile, order, floor, state);
        const pairs = sortedPairs(merged(input, merging, emptyPairs, scan, mergePairs), COUNT);
        const expected = [];
        for (let i = 0; i < COUNT; i++) {
          for (let j = i + 1; j < COUNT; j++) {
            const s = input.values[i * COUNT + j]!;
            if (s >= floor[i]! && s >= floor[j]!) expected.push([i, j, s]);
          }
        }
        expect(Array.from(pairs.i, (i, at) => [i, pairs.j[at], pairs.similarity[at]])).toEqual(expected);
      }),
    );
  });

  it('to the same histogram', () => {
    fc.assert(
      fc.property(shared, orders, (input, merging) => {
        const empty = () => ({ from: 0.5, to: 3.5, counts: new Float64Array(3) });
        const { counts } = merged(input, merging, empty, scanHistogram, mergeHistogram);
        const upper = input.values.filter((_, at) => Math.floor(at / COUNT) < at % COUNT);
        const [low, middle] = [upper.filter((s) => s < 1.5).length, upper.filter((s) => s > 1.5 && s < 2.5).length];
        expect([...counts]).toEqual([low, middle, upper.length - low - middle]);
      }),
    );
  });

  it('beyond the room that a list of pairs starts with', () => {
    const list = emptyPairs();
    const count = 60;
    const values = Float32Array.from({ length: count * count }, () => 1);
    const places = Uint32Array.from({ length: count }, (_, i) => i);
    const range = { start: 0, end: count };
    scanPairs({ values, rows: range, cols: range }, places, new Float32Array(count), list);
    const { i, j } = sortedPairs(list, count);
    expect(i).toHaveLength((count * (count - 1)) / 2);
    expect([i[0], j[0], i.at(-1), j.at(-1)]).toEqual([0, 1, 58, 59]);
  });
});
