import { dot, rowOf } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { type Mixture, mixture } from './mixture.ts';

const keyOf = ({ points }: Mixture, row: number) =>
  Buffer.from(Uint8Array.from(new Uint8Array(rowOf(points, row).slice().buffer))).toString('base64');
const rowsOf = (made: Mixture) => Array.from({ length: made.points.rows }, (_, row) => row);

describe('the mixture of the benchmarks', () => {
  const made = mixture({ rows: 1000, cols: 64 });

  it('repeats with its seed and differs without it', () => {
    expect(mixture({ rows: 1000, cols: 64 })).toEqual(made);
    expect(mixture({ rows: 1000, cols: 64, seed: 1 }).points.data).not.toEqual(made.points.data);
  });

  it('has 512 columns unless told, and rows of length 1', () => {
    expect(mixture({ rows: 10 }).points.data).toHaveLength(5120);
    for (const row of rowsOf(made))
      expect(Math.abs(Math.sqrt(dot(made.points, row, made.points, row)) - 1)).toBeLessThan(1e-6);
  });

  it('has exactly 1 % of rows that repeat another', () => {
    expect(new Set(rowsOf(made).map((row) => keyOf(made, row))).size).toBe(990);
    const exact = rowsOf(made).filter(
      (row) => made.copyOf[row]! >= 0 && keyOf(made, row) === keyOf(made, made.copyOf[row]!),
    );
    expect(exact).toHaveLength(10);
  });

  it('has 3 % of near copies, a thousandth away from an original; nothing else is that near', () => {
    const distance = (i: number, j: number) =>
      Math.hypot(...rowOf(made.points, i).map((value, k) => value - rowOf(made.points, j)[k]!));
    const copies = rowsOf(made).filter((row) => made.copyOf[row]! >= 0);
    expect(copies).toHaveLength(40);
    const near = copies.map((row) => distance(row, made.copyOf[row]!)).filter((value) => value > 0);
    expect(near).toHaveLength(30);
    for (const value of near) {
      expect(value).toBeGreaterThan(0.5e-3);
      expect(value).toBeLessThan(1.5e-3);
    }
    for (const row of copies) expect(made.copyOf[made.copyOf[row]!]).toBe(-1);
    const originals = rowsOf(made).filter((row) => made.copyOf[row] === -1);
    const nearest = originals.map((i) =>
      Math.max(...originals.map((j) => (i === j ? -1 : dot(made.points, i, made.points, j)))),
    );
    expect(Math.max(...nearest)).toBeLessThan(1 - 2e-6);
  });

  it('has one cluster per 150 rows, at least 5, and 20 % of noise before copies', () => {
    const bare = mixture({ rows: 1500, cols: 8, copies: 0, nearCopies: 0 });
    expect(bare.copyOf.every((original) => original === -1)).toBe(true);
    expect(bare.component.filter((cluster) => cluster === -1)).toHaveLength(300);
    expect(Math.max(...bare.component)).toBe(9);
    expect(Math.max(...mixture({ rows: 100, cols: 8 }).component)).toBe(4);
  });

  it('has clusters of different width: points resemble those of their own more than others', () => {
    const members = new Map<number, number[]>();
    for (const row of rowsOf(made))
      if (made.copyOf[row] === -1)
        members.set(made.component[row]!, [...(members.get(made.component[row]!) ?? []), row]);
    members.delete(-1);
    const inside = [...members.values()].map((rows) => meanSimilarity(made, rows, rows));
    const outside = meanSimilarity(made, members.get(0)!, members.get(1)!);
    for (const value of inside) expect(value).toBeGreaterThan(outside);
    expect(Math.max(...inside) - Math.min(...inside)).toBeGreaterThan(0.1);
  });
});

function meanSimilarity({ points }: Mixture, rows: readonly number[], others: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const i of rows)
    for (const j of others) if (i !== j) [sum, count] = [sum + dot(points, i, points, j), count + 1];
  return sum / count;
}
