import { describe, expect, it } from 'vitest';
import { floorForShare, floorSeconds, halfPassOperations, median, productOperations, shareOfPairs } from './floor.ts';

describe('the floor', () => {
  it('counts n²/2 inner products of d multiplications and d additions as half a pass', () => {
    // 4 points of 3 numbers: 16/2 · 3 · 2.
    expect(halfPassOperations(4, 3)).toBe(48);
    // The whole square of products is two half passes.
    expect(productOperations(4, 4, 3)).toBe(2 * halfPassOperations(4, 3));
  });

  it('is operations by rate', () => {
    // 20,000² · 512 = 2.048e11; at 95e9 a second 2.1558 s for half a pass and twice that for two: the figures of facts/hdbscan.md, section 2.
    expect(floorSeconds(1, 20_000, 512, 95e9)).toBeCloseTo(2.1558, 4);
    expect(floorSeconds(2, 20_000, 512, 95e9)).toBeCloseTo(4.3116, 4);
  });
});

describe('samples', () => {
  it('have a median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });

  it('ask for the share of pairs that makes ten a point', () => {
    // 101 points have 5,050 pairs; 1,010 of them are a fifth.
    expect(shareOfPairs(101, 10)).toBe(0.2);
    expect(shareOfPairs(5, 10)).toBe(1);
  });

  it('have a floor with the share at or above it', () => {
    const values = Float64Array.of(0.1, 0.9, 0.5, 0.7, 0.3);
    expect(floorForShare(values, 0.4)).toBe(0.7);
    expect(floorForShare(values, 1)).toBe(0.1);
    expect(floorForShare(values, 0.001)).toBe(0.9);
    expect(Array.from(values)).toEqual([0.1, 0.9, 0.5, 0.7, 0.3]);
  });
});
