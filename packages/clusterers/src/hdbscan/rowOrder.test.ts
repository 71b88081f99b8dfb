import { describe, expect, it } from 'vitest';
import { rowOrder } from './metricSpace.ts';

const points = { data: Float32Array.of(1, 5, 1, -2, 0, 9, -0, 9, 2, 10), rows: 5, cols: 2 };

describe('the order of rows', () => {
  it('goes column by column, and equal rows come in none', () => {
    const isBefore = rowOrder(points, 'euclidean');
    expect([isBefore(1, 0), isBefore(0, 1), isBefore(2, 1), isBefore(0, 4)]).toEqual([true, false, true, true]);
    expect([isBefore(2, 3), isBefore(3, 2), isBefore(0, 0)]).toEqual([false, false, false]);
  });

  it('is that of directions for the cosine', () => {
    const isBefore = rowOrder(points, 'cosine');
    // (1, 5) and (2, 10) have one direction.
    expect([isBefore(0, 4), isBefore(4, 0), isBefore(2, 0), isBefore(0, 1)]).toEqual([false, false, true, true]);
  });
});
