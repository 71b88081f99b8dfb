import { describe, expect, it } from 'vitest';
import type { SimilarityKernel } from '../kernel.ts';
import { dot, type Matrix, zeros } from '../matrix.ts';
import { seededRandom } from '../random.ts';
import { testKernel } from '../testing/testKernel.ts';
import { withReductions } from './withReductions.ts';

/** A kernel as a third party would write it, with tiles so small that every block of the tests has many. */
function ownKernel(tile = { rows: 13, cols: 29 }): SimilarityKernel & { opened: number } {
  const kernel = {
    name: 'own',
    /** How many sets of points are open. */
    opened: 0,
    load: (points: Matrix, measure: 'inner-product' | 'euclidean' = 'inner-product') =>
      withReductions(
        points,
        measure,
        async (some) => {
          kernel.opened++;
          return {
            innerProducts: async (rows, cols, into) => {
              let at = 0;
              for (let i = rows.start; i < rows.end; i++) {
                for (let j = cols.start; j < cols.end; j++) into[at++] = dot(some, i, some, j);
              }
            },
            close: async () => {
              kernel.opened--;
            },
          };
        },
        { tile },
      ),
  };
  return kernel;
}

testKernel(() => ownKernel());

function randomPoints(rows: number, cols: number): Matrix {
  const random = seededRandom(`${rows} ${cols}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() - 0.5;
  return points;
}

describe('reductions over tiles', () => {
  it('do not depend on the size of tiles', async () => {
    const points = randomPoints(70, 5);
    const results = [];
    for (const tile of [
      { rows: 1, cols: 1 },
      { rows: 7, cols: 64 },
      { rows: 100, cols: 100 },
    ]) {
      const loaded = await ownKernel(tile).load(points);
      results.push([
        await loaded.nearest({ k: 4, rows: Uint32Array.of(60, 2, 2) }),
        await loaded.pairsAbove({ floor: new Float32Array(70).fill(0.2) }),
      ]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('close what they opened, also when aborted', async () => {
    const kernel = ownKernel();
    const loaded = await kernel.load(randomPoints(70, 5));
    await loaded.nearest({ k: 2, rows: Uint32Array.of(5) });
    await expect(loaded.nearest({ k: 2, rows: Uint32Array.of(5), signal: AbortSignal.abort() })).rejects.toThrow();
    expect(kernel.opened).toBe(1);
    await loaded.close();
    expect(kernel.opened).toBe(0);
  });

  it('compute no tile that lies inside one component', async () => {
    let asked = 0;
    const points = randomPoints(60, 3);
    const loaded = await withReductions(
      points,
      'inner-product',
      async (some) => ({
        innerProducts: async (rows, cols, into) => {
          asked++;
          const width = cols.end - cols.start;
          for (let at = 0; at < (rows.end - rows.start) * width; at++) {
            into[at] = dot(some, rows.start + Math.floor(at / width), some, cols.start + (at % width));
          }
        },
        close: async () => {},
      }),
      { tile: { rows: 10, cols: 10 } },
    );
    // Two components of 30 take turns; sorted, 6 × 6 tiles: of the 21 in the upper triangle 9 cross.
    const component = Int32Array.from({ length: 60 }, (_, i) => i % 2);
    const { indices } = await loaded.nearest({ k: 60, component });
    expect(asked).toBe(9);
    expect(indices.filter((index) => index >= 0)).toHaveLength(60 * 30);
  });

  it.each([
    [{ k: 0 }, /k from 1.*got 0/],
    [{ k: 1.5 }, /got 1.5/],
    [{ k: 1, rows: Uint32Array.of(3, 4) }, /rows from 0 to 3, got 4/],
    [{ k: 1, component: new Int32Array(3) }, /component for each of 4 points, got 3/],
    [{ k: 1, groups: new Int32Array(5) }, /group for each of 4 points, got 5/],
    [{ k: 1, among: Uint32Array.of(4) }, /among from 0 to 3, got 4/],
  ])('refuse the query %j', async (query, message) => {
    const loaded = await ownKernel().load(randomPoints(4, 2));
    await expect(loaded.nearest(query)).rejects.toThrow(message);
  });

  it('refuse groups and floors that do not fit', async () => {
    const loaded = await ownKernel().load(randomPoints(4, 2));
    const bins = { groupCount: 2, bins: 3, from: 0, to: 1 };
    await expect(loaded.histogram({ ...bins, groups: Int32Array.of(0, 1, 2, 0) })).rejects.toThrow(/to 1, got 2/);
    await expect(loaded.histogram({ ...bins, groups: new Int32Array(3) })).rejects.toThrow(/4 points, got 3/);
    await expect(loaded.pairsAbove({ floor: new Float32Array(3) })).rejects.toThrow(/4 points, got 3/);
    const along = { order: Uint32Array.of(0, 3, 1), floors: new Float32Array(2) };
    await expect(loaded.pairsAlong({ ...along, order: Uint32Array.of(0, 4, 1) })).rejects.toThrow(/to 3, got 4/);
    await expect(loaded.pairsAlong({ ...along, order: Uint32Array.of(0, 1, 0) })).rejects.toThrow(/at most once/);
    await expect(loaded.pairsAlong({ ...along, floors: new Float32Array(3) })).rejects.toThrow(/2 floors.*got 3/);
    await expect(loaded.pairsAlong({ ...along, rows: 4 })).rejects.toThrow(/rows from 0 to 3, got 4/);
  });
});
