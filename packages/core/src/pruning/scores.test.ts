import { describe, expect, it } from 'vitest';
import { dot, type Matrix, rowOf, zeros } from '../matrix.ts';
import type { ScoreRule } from '../pruner.ts';
import { seededRandom } from '../random.ts';
import { onGrid, SIMILARITY_GRID } from '../similarityGrid.ts';
import { measureCosines } from './moments.ts';
import { certaintyOf, neededBy, reachBy } from './proof.ts';
import { linearScore, scoreOf } from './scores.ts';

function unitRows(count: number, dim: number, seed: string): Matrix {
  const random = seededRandom(seed);
  const rows = zeros(count, dim);
  for (let i = 0; i < count; i++) {
    const row = rowOf(rows, i).map(() => random.uniform() - 0.3);
    const length = Math.hypot(...row);
    rowOf(rows, i).set(row.map((value) => value / length));
  }
  return rows;
}

describe('the mean and deviation of cosines', () => {
  it.each([
    [7, 3],
    [101, 9],
  ])('of %i rows are those of all pairs, without a pass over pairs', async (count, dim) => {
    const rows = unitRows(count, dim, 'moments');
    // Every third row does not count, as copies do not.
    const isIn = (row: number) => row % 3 !== 0;
    const { means, deviations } = await measureCosines(dim, () => [{ matrix: rows, start: 0 }], isIn);
    const others = Array.from({ length: count }, (_, i) => i).filter(isIn);
    for (let i = 0; i < count; i++) {
      const cosines = others.map((j) => dot(rows, i, rows, j));
      const mean = cosines.reduce((sum, s) => sum + s, 0) / cosines.length;
      const variance = cosines.reduce((sum, s) => sum + (s - mean) ** 2, 0) / cosines.length;
      expect(Math.abs(means[i]! - mean)).toBeLessThanOrEqual(SIMILARITY_GRID);
      expect(Math.abs(deviations[i]! - Math.sqrt(variance))).toBeLessThanOrEqual(SIMILARITY_GRID);
    }
  });

  it('do not depend on how the rows come in parts', async () => {
    const rows = unitRows(50, 5, 'parts');
    async function* parts() {
      for (let start = 0; start < 50; start += 20) {
        const end = Math.min(50, start + 20);
        yield { matrix: { data: rows.data.subarray(start * 5, end * 5), rows: end - start, cols: 5 }, start };
      }
    }
    const isIn = (row: number) => row !== 21;
    const whole = await measureCosines(5, () => [{ matrix: rows, start: 0 }], isIn);
    expect(await measureCosines(5, parts, isIn)).toEqual(whole);
  });

  it('leave a deviation to rows that are all alike', async () => {
    const rows = { data: Float32Array.of(1, 0, 1, 0, 1, 0), rows: 3, cols: 2 };
    const blocks = () => [{ matrix: rows, start: 0 }];
    const { means, deviations } = await measureCosines(2, blocks, () => true);
    expect(Array.from(means)).toEqual([1, 1, 1]);
    expect(Array.from(deviations)).toEqual(new Array(3).fill(SIMILARITY_GRID));
  });
});

/** Two clips with cosines of 0.1 ± 0.1 and 0.3 ± 0.2. */
const RULE: ScoreRule = {
  kind: 's-norm',
  reliability: Float64Array.of(0.9, 0.5),
  means: Float64Array.of(0.1, 0.3),
  deviations: Float64Array.of(0.1, 0.2),
  kappa: 0.8,
  tau: 4,
  falseDiscoveryRate: 0.01,
};

describe('the rule of scores', () => {
  it('scores a similarity by what each clip has with all others', () => {
    // (0.7 − 0.1) / 0.1 = 6 and (0.7 − 0.3) / 0.2 = 2: half of 8.
    expect(scoreOf(RULE, 0, 1, 0.7)).toBeCloseTo(4, 12);
    const { scale, offset } = linearScore(RULE);
    expect(0.7 * (scale[0]! + scale[1]!) - offset[0]! - offset[1]!).toBeCloseTo(4, 12);
  });

  it.each<[string, Partial<ScoreRule>, number]>([
    ['κ times the higher reliability, where that is more than the score needs', {}, 0.72],
    ['the score, where that is more', { kappa: 0.7 }, 0.7],
    // A score of 7 is there from 0.7 + 3/7.5 on.
    ['the score, however reliable clips are', { tau: 7, reliability: Float64Array.of(1, 1) }, 1.1],
    ['the score alone, where there is no reliability', { reliability: undefined } as never, 0.7],
    ['the score alone, where κ is 0', { kappa: 0, tau: -4 }, -0.366666],
    ['a copy, where no score is rare', { tau: Infinity }, Infinity],
    ['a copy, for a clip without a mean', { means: Float64Array.of(0.1, Infinity) }, Infinity],
  ])('needs %s', (_, changes, needed) => {
    const rule = Object.fromEntries(
      Object.entries({ ...RULE, ...changes }).filter(([, value]) => value !== undefined),
    ) as unknown as ScoreRule;
    expect(neededBy(rule, 0, 1)).toBe(needed);
    expect(neededBy(rule, 1, 0)).toBe(needed);
  });

  it('never lets a pair of strangers through for being unreliable', () => {
    const random = seededRandom('strangers');
    for (let draw = 0; draw < 2000; draw++) {
      const two = (from: number, to: number) =>
        Float64Array.from({ length: 2 }, () => onGrid(from + (to - from) * random.uniform()));
      const rule = { ...RULE, reliability: two(0, 0.3), means: two(-0.2, 0.5), deviations: two(0.01, 0.3) };
      const tau = 3 + 4 * random.uniform();
      expect(scoreOf(rule, 0, 1, neededBy({ ...rule, tau }, 0, 1))).toBeGreaterThan(tau - 1e-9);
    }
  });

  it('lets a score say whether a pair may go, and the similarity how surely', () => {
    expect(reachBy(RULE, 0, 1, 0.72)).toBe(0.72);
    expect(reachBy({ ...RULE, kappa: 0 }, 0, 1, 0.8)).toBe(0.8);
    // Angles of 20°, 30° and 10° between the first and second, first and third, second and third.
    const angles = [0, 20, 30].map((degrees) => (degrees * Math.PI) / 180);
    const data = Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
    const facts = { embeddings: { data, rows: 3, cols: 2 } };
    // Cosines of the third vary so much that 0.985 says nothing: a score of (8.85 + 0.09) / 2 = 4.47 with the second.
    const crowded = {
      ...RULE,
      reliability: Float64Array.of(0.9, 0.9, 0.9),
      means: Float64Array.of(0.1, 0.1, 0.1),
      deviations: Float64Array.of(0.1, 0.1, 10),
    };
    expect(certaintyOf(facts, 0, 1, crowded)).toBeCloseTo(Math.cos(angles[1]!), 6);
    expect(certaintyOf(facts, 1, 0, crowded)).toBe(certaintyOf(facts, 0, 1, crowded));
    expect(certaintyOf(facts, 1, 2, { ...crowded, tau: 5 })).toBe(-Infinity);
    expect(
      certaintyOf({ ...facts, duplicateSet: Int32Array.of(-1, 0, 0) }, 1, 2, { ...crowded, tau: 5 }),
    ).toBeGreaterThan(1);
  });
});
