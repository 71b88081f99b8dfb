import { describe, expect, it } from 'vitest';
import { lowered, wantsNothing, wantsWhole } from './device.ts';

const of = (row: number[], col: number[], rowOffset = row.map(() => 0), colOffset = col.map(() => 0)) => ({
  row: Float32Array.from(row),
  col: Float32Array.from(col),
  rowOffset: Float32Array.from(rowOffset),
  colOffset: Float32Array.from(colOffset),
});

describe('lowered floors', () => {
  it('are below by more than the rounding of what is compared, and by little', () => {
    const floors = lowered(of([0.5, -3, 0], [1000], [2, 0, 0], [8]));
    // One unit in the last place of the largest number that is rounded: 0.5 + 2·(2 + 8), 3 + 2·8, 2·8, 1000 + 2·(2 + 8).
    for (const [lower, floor, unit] of [
      [floors.row[0]!, 0.5, 2 ** -19],
      [floors.row[1]!, -3, 2 ** -19],
      [floors.row[2]!, 0, 2 ** -19],
      [floors.col[0]!, 1000, 2 ** -14],
    ] as const) {
      expect(floor - lower).toBeGreaterThan(3 * unit);
      expect(floor - lower).toBeLessThan(40 * unit);
    }
  });

  it('are finite, and strictly lower even at 0', () => {
    const { row, col } = lowered(of([-Infinity, Infinity], [0, -(2 ** 127)]));
    expect([...row, ...col].every(Number.isFinite)).toBe(true);
    expect(row[0]).toBeLessThan(-2.9e38);
    expect(row[1]).toBeGreaterThan(2.9e38);
    expect(col[0]).toBeLessThan(0);
  });
});

describe('a tile', () => {
  it('comes whole when a quarter of its pairs have a floor that lets everything through', () => {
    expect(wantsWhole(of([-Infinity, 0, 0, 0], [0, 0]))).toBe(false);
    expect(wantsWhole(of([-Infinity, 0, 0, 0], [0, 0, 0, -(2 ** 127)]))).toBe(true);
    expect(wantsWhole(of([0, 0], [-Infinity, -Infinity]))).toBe(true);
  });

  it('is not wanted when no floor lets anything through', () => {
    expect(wantsNothing(of([Infinity, Infinity], [Infinity]))).toBe(true);
    expect(wantsNothing(of([Infinity, 0], [Infinity]))).toBe(false);
  });
});
